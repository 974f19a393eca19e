"""Mixpanel: /track, /engage and /groups of its web, Android and iOS SDKs.

Wire format from mixpanel-js (mixpanel-core.js, request-batcher.js, mixpanel-people.js, mixpanel-group.js),
mixpanel-android (AnalyticsMessages.java) and mixpanel-swift (FlushRequest.swift).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from testbed.http import Request, Response
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.decode import Undecodable, decode
from testbed.lenses.times import epoch_seconds
from testbed.lenses.values import mapping, text

VENDOR = "mixpanel"
HOSTS = ("mixpanel.com", "mxpnl.com")

DECODE = ("json", "form.data | json", "form.data | base64 | json", "query.data | json", "query.data | base64 | json")
"""The web SDK posts a form with JSON to *.mixpanel.com and base64 elsewhere, mobile a form with base64 or raw JSON."""

EVENTS: Mapping[str, Kind] = {
    "$identify": Kind.IDENTIFY,
    "$create_alias": Kind.ALIAS,
    "$mp_web_page_view": Kind.PAGE,
    "$opt_in": Kind.AUTOMATIC,
    "$opt_out": Kind.AUTOMATIC,
    "$session_start": Kind.SESSION,
    "$session_end": Kind.SESSION,
}

OWN = frozenset({
    "token", "distinct_id", "time", "mp_lib", "mp_processing_time_ms", "mp_sent_by_lib_version", "mp_country_code",
    "mp_page", "mp_browser", "mp_platform", "ap_distinct_id", "current_page_title", "current_domain",
    "current_url_path", "current_url_protocol", "current_url_search", "utm_source", "utm_medium", "utm_campaign",
    "utm_content", "utm_term",
})  # fmt: skip
"""Names without a `$` that the SDKs add to a caller's properties."""

PROFILE_NOISE = ("$browser", "$browser_version", "$os", "$initial_referrer", "$initial_referring_domain", "$referrer")
"""What people calls of the web SDK add unasked."""

RESERVED = frozenset(
    {"$email", "$name", "$first_name", "$last_name", "$phone", "$avatar", "$created", "$city", "$amount"}
)
"""Profile properties that a caller sets himself, `$` and all."""

OPERATORS = ("$set_once", "$unset", "$add", "$append", "$remove", "$union", "$delete", "$merge")


class Mixpanel:
    """A Lens. `$identify` and a profile's `$set` are both an identify: one says who, the other what of him."""

    vendor = VENDOR

    def claims(self, request: Request) -> bool:
        return request.host.endswith(HOSTS) and request.method != "OPTIONS"

    def read(self, request: Request) -> Reading:
        endpoint = request.route.strip("/").partition("/")[0]
        if endpoint not in {"track", "engage", "groups"}:
            return Reading(vendor=VENDOR, ignored=f"/{endpoint} carries no call")
        try:
            found = decode(request, DECODE)
        except Undecodable as error:
            return Reading(vendor=VENDOR, opaque=str(error))
        items = [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]
        make = {"track": _event, "engage": _profile, "groups": _group}[endpoint]
        return Reading(vendor=VENDOR, calls=tuple(call for item in items for call in make(item)))

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        return calls

    def stub(self, request: Request) -> Response | None:
        if not self.claims(request):
            return None
        match request.route.strip("/").partition("/")[0]:
            case "flags":
                return Response.json({"flags": {}})
            case "settings":
                return Response.json({"sdk_config": {"config": {}}})
            case "track" | "engage" | "groups" | "record":
                # The web SDK asks for words, the mobile ones read a number (mixpanel-swift, FlushRequest).
                verbose = dict(request.query).get("verbose") == "1"
                return Response.json({"status": 1, "error": None} if verbose else 1)
        return None


def _event(item: dict[str, Any]) -> Iterator[VendorCall]:
    name = str(item.get("event", ""))
    given = mapping(item.get("properties"))
    kind = EVENTS.get(name) or (Kind.AUTOMATIC if name.startswith(("$ae_", "$mp_")) else Kind.TRACK)
    alias = kind is Kind.ALIAS
    user = given.get("alias") if alias else given.get("distinct_id")
    metadata = mapping(item.get("$mp_metadata"))
    properties = {
        k: v for k, v in given.items() if not k.startswith("$") and k not in OWN and not (alias and k == "alias")
    }
    if kind is Kind.PAGE:
        properties = {k: given[k] for k in ("current_page_title", "current_url_path") if k in given} | properties
    yield VendorCall(
        vendor=VENDOR,
        kind=kind,
        name=name if kind in {Kind.TRACK, Kind.AUTOMATIC} else None,
        user=None if _anonymous(user) else text(user),
        anonymous=text(
            given.get("$device_id") or given.get("$anon_distinct_id") or (user if _anonymous(user) else None)
        ),
        previous=text(given.get("distinct_id")) if alias else None,
        properties=properties if kind not in {Kind.IDENTIFY, Kind.ALIAS} else {},
        noise={k: v for k, v in given.items() if k not in properties},
        time=epoch_seconds(given.get("time")),
        # Only the web SDK writes $insert_id (mixpanel-js, utils); the others have an event id beside the properties.
        dedupe=text(given.get("$insert_id") or metadata.get("$mp_event_id")),
        raw=item,
    )


def _profile(item: dict[str, Any]) -> Iterator[VendorCall]:
    """A people update. Setting a list of ids under a group key is what set_group does; it shows as `$set` all the
    same and is told apart by nothing, so it stays an identify of that property."""
    user = item.get("$distinct_id")
    kept, noise = _split(mapping(item.get("$set")))
    for operator in OPERATORS:
        if operator not in item:
            continue
        own, added = _split(item[operator]) if isinstance(item[operator], dict) else (item[operator], {})
        noise |= {operator: added} if added else {}
        if own:
            kept[operator] = own
    if not kept:
        # $initial_referrer and the like, which nobody asked for.
        yield VendorCall(vendor=VENDOR, kind=Kind.AUTOMATIC, user=text(user), noise=noise, raw=item)
        return
    yield VendorCall(
        vendor=VENDOR,
        kind=Kind.IDENTIFY,
        user=None if _anonymous(user) else text(user),
        anonymous=text(item.get("$device_id")),
        properties=kept,
        noise=noise,
        time=epoch_seconds(item.get("$time")),
        raw=item,
    )


def _group(item: dict[str, Any]) -> Iterator[VendorCall]:
    properties = dict(mapping(item.get("$set")))
    properties |= {operator: item[operator] for operator in OPERATORS if operator in item}
    yield VendorCall(
        vendor=VENDOR,
        kind=Kind.GROUP,
        group=text(item.get("$group_id")),
        properties=properties,
        noise={"$group_key": item.get("$group_key")},
        time=epoch_seconds(item.get("$time")),
        raw=item,
    )


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    noise = {k: v for k, v in values.items() if k.startswith(PROFILE_NOISE) and k not in RESERVED}
    return {k: v for k, v in values.items() if k not in noise}, noise


def _anonymous(user: Any) -> bool:
    """`$device:UUID` (mixpanel-js since 2.45, mixpanel-swift since 3)."""
    return isinstance(user, str) and user.startswith("$device:")
