"""Braze: /api/v3/data of its web SDK (and, by all public accounts, of its mobile SDKs).

Wire format from @braze/web-sdk 4 to 6 (network-manager.js, shared-lib/event-types.js, User/user.js, log-purchase.js).
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

VENDOR = "braze"
HOSTS = ("braze.com", "braze.eu", "appboy.com", "appboy.eu")
DATA = "/api/v3/data"

SESSION = frozenset({"ss", "se"})
ATTRIBUTE_OPERATORS = {"inc": "$add", "add": "$append", "rem": "$remove", "set": "$set", "ncam": "$merge"}
ATTRIBUTE_OWN = frozenset({"user_id", "custom"})


class Braze:
    """A Lens. Nothing on the wire says "identify": it shows as a changed user id, which `relate` looks for. Braze keeps
    names short, so a purchase is a track whose name is the product id."""

    vendor = VENDOR

    def claims(self, request: Request) -> bool:
        return request.host.endswith(HOSTS) and request.method != "OPTIONS"

    def read(self, request: Request) -> Reading:
        if not request.route.rstrip("/").endswith(DATA):
            return Reading(vendor=VENDOR, ignored=f"{request.route} carries no call")
        try:
            envelope = decode(request, ("json",))
        except Undecodable as error:
            return Reading(vendor=VENDOR, opaque=str(error))
        if not isinstance(envelope, dict):
            return Reading(vendor=VENDOR, opaque="a body that is no object")
        calls = [*_events(envelope), *_attributes(envelope)]
        return Reading(vendor=VENDOR, calls=tuple(calls), ignored="" if calls else "no events and no attributes")

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        """Add an identify where the user id changes from one item to the next, in order of their time."""
        related: list[VendorCall] = []
        user: str | None = None
        for call in sorted(calls, key=lambda c: c.time or 0.0):
            if call.user is not None and call.user != user:
                user = call.user
                who = VendorCall(vendor=VENDOR, kind=Kind.IDENTIFY, user=user, anonymous=call.anonymous, time=call.time)
                related.append(msgspec.structs.replace(who, flow=call.flow, index=call.index))
            related.append(call)
        return related

    def stub(self, request: Request) -> Response | None:
        """A JSON object that is not empty bytes: those, and broken JSON, make the SDK drop the batch (util/net.js)."""
        if self.claims(request) and request.method == "POST" and "/api/v3/" in request.route:
            return Response.json({})
        return None


def _events(envelope: dict[str, Any]) -> Iterator[VendorCall]:
    for event in envelope.get("events") or []:
        if not isinstance(event, dict):
            continue
        code, data = str(event.get("name", "")), mapping(event.get("data"))
        if code == "ce":
            yield _make(envelope, event, Kind.TRACK, mapping(data.get("p")), name=text(data.get("n")))
        elif code == "p":
            purchase = {"price": _number(data.get("p")), "currency": data.get("c"), "quantity": data.get("q")}
            properties = {**mapping(data.get("pr")), **{k: v for k, v in purchase.items() if v is not None}}
            yield _make(envelope, event, Kind.TRACK, properties, name=text(data.get("pid")))
        elif code == "uae":
            call = _make(envelope, event, Kind.ALIAS, {"label": data.get("l")})
            yield msgspec.structs.replace(call, user=text(data.get("a")), previous=call.user)
        elif code in ATTRIBUTE_OPERATORS:
            change = {ATTRIBUTE_OPERATORS[code]: {str(data.get("key")): data.get("value")}}
            yield _make(envelope, event, Kind.IDENTIFY, change)
        else:
            yield _make(envelope, event, Kind.SESSION if code in SESSION else Kind.AUTOMATIC, {}, name=code)


def _attributes(envelope: dict[str, Any]) -> Iterator[VendorCall]:
    """User attributes, of which the SDK keeps one object a user and flush: custom ones beside the named."""
    for attributes in envelope.get("attributes") or []:
        if isinstance(attributes, dict):
            named = {k: v for k, v in attributes.items() if k not in ATTRIBUTE_OWN}
            properties = {**named, **mapping(attributes.get("custom"))}
            kind = Kind.IDENTIFY if properties else Kind.AUTOMATIC
            yield _make(envelope, attributes, kind, properties, time=envelope.get("time"))


def _make(
    envelope: dict[str, Any],
    item: dict[str, Any],
    kind: Kind,
    properties: dict[str, Any],
    *,
    name: str | None = None,
    time: Any = None,
) -> VendorCall:
    return VendorCall(
        vendor=VENDOR,
        kind=kind,
        name=name,
        user=text(item.get("user_id")),
        anonymous=text(envelope.get("device_id")),
        properties=properties,
        noise={"session_id": item.get("session_id")} if "session_id" in item else {},
        time=epoch_seconds(item.get("time", time)),
        dedupe=_dedupe(item),
        raw=item,
    )


def _dedupe(item: dict[str, Any]) -> str | None:
    """There is no insert id: session, name, time and data together are what a retried event has in common."""
    if "data" not in item:
        return None
    parts = [item.get("session_id"), item.get("name"), item.get("time"), item.get("data")]
    return msgspec.json.encode(parts).decode()


def _number(value: Any) -> Any:
    """Prices travel as text ("9.99", log-purchase.js), whatever the caller gave."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
