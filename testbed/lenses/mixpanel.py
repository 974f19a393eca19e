"""Mixpanel: /track, /engage and /groups of its web, Android, iOS and React Native SDKs.

Wire format from mixpanel-js (mixpanel-core.js, request-batcher.js, mixpanel-people.js, mixpanel-group.js),
mixpanel-android (AnalyticsMessages.java, MixpanelAPI.java), mixpanel-swift (FlushRequest.swift, Track.swift,
People.swift) and mixpanel-react-native (javascript/mixpanel-main.js, mixpanel-network.js).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from testbed.http import Request, Response
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.decode import Undecodable, decode
from testbed.lenses.times import epoch_seconds
from testbed.lenses.values import mapping, text

VENDOR = "mixpanel"
HOSTS = ("mixpanel.com", "mxpnl.com")

DECODE = ("json", "form.data | json", "form.data | base64 | json", "query.data | json", "query.data | base64 | json")
"""Web and React Native post a form with JSON in it, or base64 where the web SDK is given a host of the customer's;
Android a form with base64, Swift plain JSON; and the web SDK's `api_method: GET` puts it all into the query."""

MARKS = {"track": "event", "engage": "$token", "groups": "$group_key"}
"""The endpoints that carry calls, and what each item of theirs has."""

DEVICE = "$device:"
"""Before the device's id, where that is the distinct id: of somebody who was not identified."""

EVENTS: Mapping[str, Kind] = {
    "$identify": Kind.IDENTIFY,
    "$create_alias": Kind.ALIAS,
    "$mp_web_page_view": Kind.PAGE,
    "$ae_session": Kind.SESSION,
    "$app_open": Kind.AUTOMATIC,
    "$experiment_started": Kind.AUTOMATIC,
    "$opt_in": Kind.AUTOMATIC,
}
AUTOMATIC = ("$ae_", "$mp_")
"""What the events of the mobile SDKs' automatic tracking and of the web SDK's autocapture begin with."""

MIXPANELS_OWN = "85053bf24bba75239b16a601d9387e17"
"""The token of a project of Mixpanel's, to which its Android SDK says once for each device that it is built in (the
event `Integration`, MixpanelAPI.sendHttpEvent)."""

OWN = frozenset({"token", "distinct_id", "time", "mp_lib", "mp_sent_by_lib_version"})
"""Names without a `$` that the SDKs add to the properties of every event."""

PAGE_OWN = frozenset({"current_domain", "current_url_protocol", "current_url_search"})
"""And those of a page view; `current_page_title` and `current_url_path` say which page, and stay (track_pageview)."""

DEVICE_FACTS = frozenset({
    "$os", "$browser", "$browser_version",
    "$android_lib_version", "$android_os", "$android_os_version", "$android_manufacturer", "$android_brand",
    "$android_model", "$android_app_version", "$android_app_version_code",
    "$ios_app_version", "$ios_app_release", "$ios_device_model", "$ios_version", "$ios_lib_version",
    "$swift_lib_version",
})  # fmt: skip
"""What the SDKs add to each `$set` of a profile (mixpanel-people.js, MixpanelAPI.java, AutomaticProperties.swift)."""

FIRST_TOUCH = ("$initial_referr", "initial_utm_", "$ae_")
"""What the names begin with that the SDKs set of their own accord when they start."""

OPERATORS = ("$set_once", "$unset", "$add", "$append", "$remove", "$union", "$delete", "$merge")
"""Other ways to write a profile than `$set`, which gives its properties as they are."""

CHARGES = "$transactions"
"""The list of a profile to which the mobile SDKs append what a user paid (People.trackCharge)."""


class Mixpanel:
    """A Lens.

    `$identify` and a profile's `$set` are both an identify: one says who, the other what of him. Other operators than
    `$set` stand in its properties under their own names. A charge is a track of the name `$transactions`, with the
    amount as `revenue`: it is something that happened, and said twice it happened twice."""

    vendor = VENDOR

    def claims(self, request: Request) -> bool:
        """Mixpanel's hosts; and any other that is sent a Mixpanel body, since customers put proxies of their own before
        it (`api_host` of the web SDK)."""
        if request.method == "OPTIONS":
            return False
        return _is_mixpanel(request.host) or bool(_endpoint(request) in MARKS and _read(request)[0])

    def read(self, request: Request) -> Reading:
        endpoint = _endpoint(request)
        if endpoint not in MARKS:
            return Reading(vendor=VENDOR, ignored=f"{request.route} carries no call")
        items, unread = _read(request)
        make = {"track": _event, "engage": _profile, "groups": _group}[endpoint]
        return Reading(vendor=VENDOR, calls=tuple(call for item in items for call in make(item)), opaque=unread)

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        """The web SDK's alias() identifies the device as well, which nobody asked for; and what set_group() writes into
        the user's profile is a group call, which shows once a group's own profile names the key."""
        unasked = _of_aliases(calls)
        groups = _groups(calls)
        related: list[VendorCall] = []
        for position, call in enumerate(calls):
            if position in unasked:
                related.append(msgspec.structs.replace(call, kind=Kind.AUTOMATIC, name="$identify"))
            else:
                related.extend(_memberships(call, groups))
        return related

    def stub(self, request: Request) -> Response | None:
        if not self.claims(request):
            return None
        match _endpoint(request):
            case "flags":
                return Response.json({"flags": {}})
            case "settings":
                return Response.json({"sdk_config": {"config": {}}})
            case "track" | "engage" | "groups" | "record":
                # The web SDK asks for words, the mobile ones read a number (mixpanel-swift, FlushRequest).
                verbose = dict(request.query).get("verbose") == "1"
                return Response.json({"status": 1, "error": None} if verbose else 1)
        return None


def _is_mixpanel(host: str) -> bool:
    return any(host == each or host.endswith(f".{each}") for each in HOSTS)


def _endpoint(request: Request) -> str:
    """The last part of the path: a proxy may have put others before it."""
    return request.route.rstrip("/").rpartition("/")[2]


def _read(request: Request) -> tuple[list[dict[str, Any]], str]:
    """The items of a batch, or the one that was sent by itself; and why what else is there cannot be read."""
    try:
        found = decode(request, DECODE)
    except Undecodable as error:
        return [], str(error)
    mark = MARKS[_endpoint(request)]
    batch = found if isinstance(found, list) else [found]
    items = [item for item in batch if isinstance(item, dict) and mark in item]
    odd = len(batch) - len(items)
    return items, f"{odd} of {len(batch)} items have no {mark!r}" if odd else ""


def _event(item: dict[str, Any]) -> Iterator[VendorCall]:
    name = str(item["event"])
    given = mapping(item.get("properties"))
    unasked = name.startswith(AUTOMATIC) or given.get("token") == MIXPANELS_OWN
    kind = EVENTS.get(name) or (Kind.AUTOMATIC if unasked else Kind.TRACK)
    says_who = kind in {Kind.IDENTIFY, Kind.ALIAS}
    own = OWN | PAGE_OWN if kind is Kind.PAGE else OWN
    properties = {} if says_who else {k: v for k, v in given.items() if not k.startswith("$") and k not in own}
    yield VendorCall(
        vendor=VENDOR,
        kind=kind,
        name=None if says_who or kind is Kind.PAGE else name,
        user=text(given.get("alias")) if kind is Kind.ALIAS else _user(given, given.get("distinct_id")),
        anonymous=_anonymous(given, given.get("distinct_id")),
        previous=text(given.get("distinct_id")) if kind is Kind.ALIAS else None,
        properties=properties,
        noise={k: v for k, v in given.items() if k not in properties},
        time=epoch_seconds(given.get("time")),
        # Only the web SDK writes $insert_id (mixpanel-js, utils); the others have an event id beside the properties.
        dedupe=text(given.get("$insert_id") or mapping(item.get("$mp_metadata")).get("$mp_event_id")),
        raw=item,
    )


def _profile(item: dict[str, Any]) -> Iterator[VendorCall]:
    """One update of a profile: what the caller wrote, or, where that is nothing, what the SDK did unasked."""
    written, noise = _split(mapping(item.get("$set")), DEVICE_FACTS)
    for operator in OPERATORS:
        if operator in item:
            own, added = _split(item[operator], DEVICE_FACTS if operator == "$set_once" else frozenset())
            noise |= {operator: added} if added else {}
            written |= {operator: own} if own or operator == "$delete" else {}
    appended = mapping(written.get("$append"))
    charge = appended.pop(CHARGES, None)
    if charge is not None and not appended:
        del written["$append"]
    call = VendorCall(
        vendor=VENDOR,
        kind=Kind.IDENTIFY if written else Kind.AUTOMATIC,
        user=_user(item, item.get("$distinct_id")),
        anonymous=_anonymous(item, item.get("$distinct_id")),
        properties=written,
        noise=noise,
        time=epoch_seconds(item.get("$time")),
        dedupe=_said_once(item),
        raw=item,
    )
    if written or charge is None:
        yield call
    if charge is not None:
        given = mapping(charge)
        paid = {"revenue": given.get("$amount"), **{k: v for k, v in given.items() if not k.startswith("$")}}
        yield msgspec.structs.replace(call, kind=Kind.TRACK, name=CHARGES, properties=paid, noise={"$append": charge})


def _group(item: dict[str, Any]) -> Iterator[VendorCall]:
    operated = {operator: item[operator] for operator in OPERATORS if operator in item}
    yield VendorCall(
        vendor=VENDOR,
        kind=Kind.GROUP,
        group=text(item.get("$group_id")),
        properties={**mapping(item.get("$set")), **operated},
        noise={"$group_key": item["$group_key"]},
        time=epoch_seconds(item.get("$time")),
        dedupe=_said_once(item),
        raw=item,
    )


def _split(written: Any, facts: frozenset[str]) -> tuple[Any, dict[str, Any]]:
    """What a caller wrote, and apart from it what his SDK added. Lists (`$unset`) and the like are the caller's."""
    if not isinstance(written, dict):
        return written, {}
    added = {k: v for k, v in written.items() if k in facts or k.startswith(FIRST_TOUCH)}
    return {k: v for k, v in written.items() if k not in added}, added


def _said_once(item: dict[str, Any]) -> str | None:
    """The mobile SDKs number updates of profiles as they do events; the web SDK does not (SessionMetadata)."""
    return text(mapping(item.get("$mp_metadata")).get("$mp_event_id"))


def _user(ids: Mapping[str, Any], distinct: Any) -> str | None:
    """Who is meant, None for somebody anonymous. After alias() the web SDK keeps the distinct id and sets `$user_id`.

    Before the prefix there was the device's bare id, unless it had been a user's at the SDK's upgrade."""
    device = text(distinct) is None or str(distinct).startswith(DEVICE)
    bare = distinct == ids.get("$device_id") and not ids.get("$had_persisted_distinct_id")
    return text(ids.get("$user_id")) if device or bare else text(distinct)


def _anonymous(ids: Mapping[str, Any], distinct: Any) -> str | None:
    """The device's id, as `$device_id` has it: without the prefix."""
    if ids.get("$device_id") is not None:
        return text(ids["$device_id"])
    prefixed = (text(each) for each in (ids.get("$anon_distinct_id"), distinct))
    return next((each.removeprefix(DEVICE) for each in prefixed if each and each.startswith(DEVICE)), None)


def _of_aliases(calls: list[VendorCall]) -> set[int]:
    """Where the `$identify` stands that the web SDK's alias() sends after its `$create_alias` (mixpanel-core.js)."""
    found: set[int] = set()
    waiting: list[str | None] = []
    for position, call in sorted(enumerate(calls), key=lambda each: each[1].time or 0.0):
        if call.kind is Kind.ALIAS and "web" in str(call.noise.get("mp_lib")):
            waiting.append(call.user)
        elif call.user in waiting and mapping(call.raw).get("event") == "$identify":
            waiting.remove(call.user)
            found.add(position)
    return found


def _groups(calls: list[VendorCall]) -> dict[str, set[str | None]]:
    """The ids of the groups whose profiles were written, by their key."""
    groups: dict[str, set[str | None]] = defaultdict(set)
    for call in calls:
        if call.kind is Kind.GROUP:
            groups[str(call.noise["$group_key"])].add(call.group)
    return groups


def _memberships(call: VendorCall, groups: Mapping[str, set[str | None]]) -> Iterator[VendorCall]:
    """An identify that writes the ids of groups under their key (set_group), or unites them with those there
    (add_group), is a group call of each; and an identify of what else it writes."""
    if call.kind is not Kind.IDENTIFY or not groups:
        yield call
        return
    united = mapping(call.properties.get("$union"))
    joined = {
        key: ids
        for key, ids in (*united.items(), *call.properties.items())
        if isinstance(ids, list) and ids and {text(each) for each in ids} <= groups.get(key, set())
    }
    for key, ids in joined.items():
        for each in ids:
            yield msgspec.structs.replace(
                call, kind=Kind.GROUP, group=text(each), properties={}, noise={"$group_key": key, **call.noise}
            )
    rest = {k: v for k, v in call.properties.items() if k not in joined and k != "$union"}
    rest |= {"$union": left} if (left := {k: v for k, v in united.items() if k not in joined}) else {}
    if rest or not joined:
        yield msgspec.structs.replace(call, properties=rest)
