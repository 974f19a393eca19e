"""Amplitude: the HTTP API v2 and batch bodies of its current SDKs, and the form of its older ones.

Wire format from Amplitude-TypeScript (destination.ts, event-builder.ts), Amplitude-Kotlin (AnalyticsRequest.kt),
Amplitude-Swift (HttpClient.swift), and amplitude-js 5 (xhr.js, amplitude-client.js) for the form.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from testbed.http import Request, Response
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.decode import Undecodable, decode
from testbed.lenses.times import epoch_seconds
from testbed.lenses.values import mapping, text

VENDOR = "amplitude"
UPLOAD_PATHS = frozenset({"/2/httpapi", "/batch", "/", ""})

DECODE = ("json", "form.e | json")

OPERATORS = (
    "$setOnce", "$add", "$append", "$prepend", "$preInsert", "$postInsert", "$remove", "$unset", "$clearAll",
)  # fmt: skip

ATTRIBUTION = (
    "initial_",
    "utm_",
    "referrer",
    "referring_domain",
    "gclid",
    "fbclid",
    "dclid",
    "msclkid",
    "ttclid",
    "twclid",
)
"""User properties that the SDKs set of their own accord (default-tracking.ts, amplitude-js _initUtmData)."""

SESSION = frozenset({"session_start", "session_end"})
PAGE = "[Amplitude] Page Viewed"
SCREEN = "[Amplitude] Screen Viewed"


class Amplitude:
    """A Lens. There is no alias; a changed user id alone sends nothing and shows only on the next event."""

    vendor = VENDOR

    def claims(self, request: Request) -> bool:
        return request.host.endswith("amplitude.com") and request.method != "OPTIONS"

    def read(self, request: Request) -> Reading:
        if request.route not in UPLOAD_PATHS or request.method != "POST":
            return Reading(vendor=VENDOR, ignored=f"{request.route} carries no call")
        try:
            found = decode(request, DECODE)
        except Undecodable as error:
            return Reading(vendor=VENDOR, opaque=str(error))
        events = found.get("events", []) if isinstance(found, dict) else found
        items = [item for item in (events if isinstance(events, list) else []) if isinstance(item, dict)]
        return Reading(vendor=VENDOR, calls=tuple(call for item in items for call in _calls(item)))

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        return calls

    def stub(self, request: Request) -> Response | None:
        if not self.claims(request):
            return None
        if request.host.startswith(("sr-client-cfg", "regionconfig")):
            return Response.json({"configs": {}})
        if request.method != "POST":
            return None
        if request.route in {"/2/httpapi", "/batch"}:
            # The TypeScript SDKs take the status from `code`: `{}` is retried, a bare number dropped (base.ts).
            return Response.json({"code": 200, "events_ingested": 1, "payload_size_bytes": 1, "server_upload_time": 0})
        return Response.text("success")


def _calls(item: dict[str, Any]) -> Iterator[VendorCall]:
    """One event can say two things: `$identify` with groups is a group call, and the user properties beside it."""
    name = str(item.get("event_type", ""))
    groups = mapping(item.get("groups"))
    if name == "$groupidentify":
        yield from (
            _make(item, Kind.GROUP, _operated(item.get("group_properties")), group=g) for g in _group_ids(groups)
        )
        return
    if name == "$identify":
        kept, noise = _identity(mapping(item.get("user_properties")), groups)
        yield from (_make(item, Kind.GROUP, {}, group=g) for g in _group_ids(groups))
        if kept or not groups:
            yield _make(item, Kind.IDENTIFY if kept else Kind.AUTOMATIC, kept, noise=noise)
        return
    kind = (
        Kind.SESSION
        if name in SESSION
        else Kind.PAGE
        if name == PAGE
        else Kind.SCREEN
        if name == SCREEN
        else Kind.AUTOMATIC
        if name.startswith("[Amplitude] ")
        else Kind.TRACK
    )
    yield _make(item, kind, mapping(item.get("event_properties")), name=name)


def _make(
    item: dict[str, Any],
    kind: Kind,
    properties: dict[str, Any],
    *,
    name: str | None = None,
    group: str | None = None,
    noise: dict[str, Any] | None = None,
) -> VendorCall:
    added = {k: v for k, v in item.items() if k not in {"event_properties", "user_properties", "group_properties"}}
    return VendorCall(
        vendor=VENDOR,
        kind=kind,
        name=name,
        user=text(item.get("user_id")),
        anonymous=text(item.get("device_id")),
        group=group,
        properties=properties,
        noise={**added, **(noise or {})},
        time=epoch_seconds(item.get("time", item.get("timestamp"))),
        dedupe=text(item.get("insert_id") or item.get("uuid")),
        raw=item,
    )


def _identity(operations: dict[str, Any], groups: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the caller set, flat, with other operators under their names; and apart, attribution and repeated groups."""
    kept: dict[str, Any] = {}
    noise: dict[str, Any] = {}
    for operator, values in _operations(operations).items():
        own = {k: v for k, v in values.items() if not k.startswith(ATTRIBUTION) and k not in groups}
        added = {k: v for k, v in values.items() if k not in own}
        if operator == "$set":
            kept |= own
        elif own:
            kept[operator] = own
        noise |= {operator: added} if added else {}
    return kept, noise


def _operated(value: Any) -> dict[str, Any]:
    operations = _operations(mapping(value))
    return operations.pop("$set", {}) | operations


def _operations(value: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By operator; plain names outside of any operator count as `$set` (amplitude-js' setUserProperties)."""
    found = {op: mapping(value[op]) for op in ("$set", *OPERATORS) if isinstance(value.get(op), dict)}
    plain = {k: v for k, v in value.items() if not k.startswith("$")}
    return {**found, "$set": {**found.get("$set", {}), **plain}} if plain else found


def _group_ids(groups: dict[str, Any]) -> list[str]:
    return [str(g) for value in groups.values() for g in (value if isinstance(value, list) else [value])]
