"""Amplitude: the HTTP API v2 and batch bodies of its current SDKs, and the form of its older ones.

Wire format from Amplitude-TypeScript (destination.ts, event-builder.ts, types/constants.ts), Amplitude-Kotlin
(AnalyticsRequest.kt) and Amplitude-Swift (HttpClient.swift); of the form from amplitude-js 5 (xhr.js,
amplitude-client.js).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from testbed.http import Request, Response
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.decode import Undecodable, decode
from testbed.lenses.times import epoch_seconds
from testbed.lenses.values import mapping, text

VENDOR = "amplitude"
DOMAIN = "amplitude.com"

ENDPOINTS = frozenset({"/2/httpapi", "/batch", "/"})
"""Where Amplitude's own hosts take events. The oldest is the bare host, and takes the form."""

DECODE = ("json", "form.e | json")

OLD_ENVELOPE = frozenset({"client", "e", "v"})
"""What an older body has in it, wherever it is sent: customers put their own hosts before Amplitude's (amplitude-js,
`apiEndpoint`; of the newer, `serverUrl`)."""

CONFIGURATION = ("sr-client-cfg.", "regionconfig.")
SILENT = (*CONFIGURATION, "api-sr.", "diagnostics.")
"""How the names of Amplitude's hosts begin that are told no call: configuration, session replay, diagnostics."""

OPERATORS = (
    "$setOnce", "$add", "$append", "$prepend", "$preInsert", "$postInsert", "$remove", "$unset", "$clearAll",
)  # fmt: skip
"""What is done to a user's or a group's properties, besides `$set` (types/event/event.ts, IdentifyOperation)."""

CAMPAIGN = frozenset({
    "utm_campaign", "utm_content", "utm_id", "utm_medium", "utm_source", "utm_term", "referrer", "referring_domain",
    "dclid", "gbraid", "gclid", "fbclid", "ko_click_id", "li_fat_id", "msclkid", "rdt_cid", "ttclid", "twclid",
    "wbraid",
})  # fmt: skip
"""What the SDKs read off the page's address and referrer (types/constants.ts, BASE_CAMPAIGN; in part, amplitude-js'
_trackParamsAndReferrer)."""

REVENUE = {
    "price": "$price",
    "quantity": "$quantity",
    "revenue": "$revenue",
    "productId": "$productId",
    "revenueType": "$revenueType",
    "currency": "$currency",
}
"""Revenue as fields of the event (HTTP API v2) or of its `api_properties` (amplitude-js, logRevenue), and what the SDKs
since call the same among the event's properties (revenue.ts, RevenueProperty)."""

EVENTS = {
    "session_start": Kind.SESSION,
    "session_end": Kind.SESSION,
    "[Amplitude] Page Viewed": Kind.PAGE,
    "[Amplitude] Screen Viewed": Kind.SCREEN,
}
AUTOMATIC = "[Amplitude] "
SCREEN_NAME = "[Amplitude] Screen Name"

PROPERTIES = frozenset({"event_properties", "user_properties", "group_properties"})


class Amplitude:
    """A Lens. There is no alias. Setting a user id sends nothing: it shows on the next event, which `relate` looks for.
    Revenue is an event of its own, `revenue_amount`, and so a track."""

    vendor = VENDOR

    def claims(self, request: Request) -> bool:
        return request.method != "OPTIONS" and (_is_amplitude(request.host) or _is_batch(request))

    def read(self, request: Request) -> Reading:
        if _is_amplitude(request.host):
            if request.method != "POST" or request.host.startswith(SILENT):
                return Reading(vendor=VENDOR, ignored=f"{request.method} {request.host}{request.route} carries no call")
            if request.route not in ENDPOINTS:
                return Reading(vendor=VENDOR, opaque=f"POST {request.route} is no endpoint that this lens knows")
        try:
            body = decode(request, DECODE)
        except Undecodable as error:
            return Reading(vendor=VENDOR, opaque=str(error))
        events = body.get("events") if isinstance(body, dict) else body
        if not isinstance(events, list):
            return Reading(vendor=VENDOR, opaque="a body without a list of events")
        items = [event for event in events if isinstance(event, dict)]
        strange = len(events) - len(items)
        return Reading(
            vendor=VENDOR,
            calls=tuple(call for item in items for call in _calls(item)),
            opaque=f"{strange} of {len(events)} events are no objects" if strange else "",
        )

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        """Add an identify where the user id changes from one event to the next, unless that event is itself one."""
        related: list[VendorCall] = []
        user: str | None = None
        for call in sorted(calls, key=lambda c: c.time or 0.0):
            if call.user is not None and call.user != user and call.kind is not Kind.IDENTIFY:
                who = VendorCall(vendor=VENDOR, kind=Kind.IDENTIFY, user=call.user, anonymous=call.anonymous)
                related.append(msgspec.structs.replace(who, flow=call.flow, index=call.index, time=call.time))
            user = call.user
            related.append(call)
        return related

    def stub(self, request: Request) -> Response | None:
        if not self.claims(request):
            return None
        if request.host.startswith(CONFIGURATION):
            return Response.json({"configs": {}})
        if request.method != "POST":
            return None
        if request.route in {"/2/httpapi", "/batch"}:
            # The TypeScript SDKs take the status from `code`: `{}` is retried, a bare number dropped (base.ts).
            return Response.json({"code": 200, "events_ingested": 1, "payload_size_bytes": 1, "server_upload_time": 0})
        # amplitude-js keeps what it sent, and sends it again with the next event, unless the text is exactly this.
        return Response.text("success")


def _is_amplitude(host: str) -> bool:
    return host == DOMAIN or host.endswith(f".{DOMAIN}")


def _is_batch(request: Request) -> bool:
    try:
        body = decode(request, ("json", "form")) if request.method == "POST" else None
    except Undecodable:
        return False
    if not isinstance(body, dict):
        return False
    if body.keys() >= OLD_ENVELOPE:
        return True
    # Others have a key and events too (Braze); only here does an event say its type so.
    events = body.get("events")
    return "api_key" in body and isinstance(events, list) and any("event_type" in mapping(event) for event in events)


def _calls(event: dict[str, Any]) -> Iterator[VendorCall]:
    """One event can say several things: what happened, what the user is like, and which groups he is in."""
    name = str(event.get("event_type", ""))
    groups = _groups(event)
    if name == "$groupidentify":
        traits = _flat(_operations(event.get("group_properties")))
        yield from (_call(event, Kind.GROUP, traits, group=group) for group in groups or (None,))
    elif name == "$identify":
        yield from _identify(event, sure=not groups)
        yield from (_call(event, Kind.GROUP, {}, group=group) for group in groups)
    else:
        yield from _identify(event, sure=False)
        yield _happened(event, name, groups)


def _identify(event: dict[str, Any], *, sure: bool) -> Iterator[VendorCall]:
    """What is said of the user. `sure`: the event is there for nothing else, and tells at least who it is."""
    operations = _operations(event.get("user_properties"))
    if "$set" in operations:
        # Joining a group sets the group's type as a property of the user too (event-builder.ts, createGroupEvent).
        own = {k: v for k, v in mapping(operations["$set"]).items() if k not in mapping(event.get("groups"))}
        operations = {**{k: v for k, v in operations.items() if k != "$set"}, **({"$set": own} if own else {})}
    if operations or sure:
        yield _call(event, Kind.AUTOMATIC if _is_attribution(operations) else Kind.IDENTIFY, _flat(operations))


def _happened(event: dict[str, Any], name: str, groups: list[str]) -> VendorCall:
    """An event, with the one group that it counts for; with several, none is *the* group, and they are noise."""
    kind = EVENTS.get(name, Kind.AUTOMATIC if name.startswith(AUTOMATIC) else Kind.TRACK)
    properties = mapping(event.get("event_properties"))
    beside = {**event, **mapping(event.get("api_properties"))}
    revenue = {key: beside[field] for field, key in REVENUE.items() if beside.get(field) is not None}
    called = {Kind.PAGE: None, Kind.SCREEN: text(properties.get(SCREEN_NAME))}.get(kind, name)
    group = groups[0] if len(groups) == 1 else None
    return _call(event, kind, {**revenue, **properties}, name=called, group=group)


def _call(
    event: dict[str, Any],
    kind: Kind,
    properties: dict[str, Any],
    *,
    name: str | None = None,
    group: str | None = None,
) -> VendorCall:
    return VendorCall(
        vendor=VENDOR,
        kind=kind,
        name=name,
        user=text(event.get("user_id")),
        anonymous=text(event.get("device_id")),
        group=group,
        properties=properties,
        noise={key: value for key, value in event.items() if key not in PROPERTIES},
        # amplitude-js and the other older SDKs call `timestamp` and `uuid` what is `time` and `insert_id` today.
        time=epoch_seconds(event.get("time", event.get("timestamp"))),
        dedupe=text(event.get("insert_id") or event.get("uuid")),
        raw=event,
    )


def _operations(properties: Any) -> dict[str, Any]:
    """By operator. Names outside of any operator are set (HTTP API v2); `$clearAll` has a dash for all its names."""
    given = mapping(properties)
    operations = {key: given[key] for key in ("$set", *OPERATORS) if given.get(key)}
    plain = {key: value for key, value in given.items() if not key.startswith("$")}
    return {**operations, "$set": {**mapping(operations.get("$set")), **plain}} if plain else operations


def _flat(operations: dict[str, Any]) -> dict[str, Any]:
    """What is set under its own names, and what is done otherwise under the operator's."""
    others = {key: value for key, value in operations.items() if key != "$set"}
    return {**mapping(operations.get("$set")), **others}


def _is_attribution(operations: dict[str, Any]) -> bool:
    """Whether the SDK speaks of its own accord: of nothing but the campaign, the first (`$setOnce: initial_*`) beside
    the last, or to forget it (`$unset`). It does so in an event apart, so a caller's own `referrer` is told from it."""
    names = {name.removeprefix("initial_") for values in operations.values() for name in mapping(values)}
    return bool(names) and names <= CAMPAIGN and not operations.keys().isdisjoint({"$setOnce", "$unset"})


def _groups(event: dict[str, Any]) -> list[str]:
    """The ids, whatever the types. One type can have several (amplitude-js, setGroup)."""
    groups = mapping(event.get("groups")).values()
    return [str(one) for value in groups for one in (value if isinstance(value, list) else [value])]
