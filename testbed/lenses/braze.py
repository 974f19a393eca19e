"""Braze: /api/v3/data of its web SDK (and, by all public accounts, of its mobile SDKs).

Wire format from @braze/web-sdk 3 to 6 (network-manager.js, request-controller.js, models/braze-event.js,
shared-lib/event-types.js, User/user.js, log-purchase.js).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from testbed.http import Request, Response, header
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.decode import Undecodable, decode
from testbed.lenses.times import epoch_seconds
from testbed.lenses.values import mapping, number, text

VENDOR = "braze"
DOMAINS = (".braze.com", ".braze.eu", ".appboy.com", ".appboy.eu")

KEY_HEADER = "x-braze-api-key"
"""On every request of the SDK, to whatever host a customer sends it (braze-instance.js, `baseUrl`)."""

DATA = "/data"
SILENT = (
    "/content_cards/sync", "/feature_flags/sync", "/banners/sync", "/template", "/push/unregister", "/dust/config",
)  # fmt: skip
"""What comes after /api/v3, or after the path of a `baseUrl` that has one. These are told no call."""

PURCHASE = "$purchase"
"""A purchase has no name, only a product. No custom event is called this: they may not start with `$` (index.d.ts)."""

SESSION_START = "ss"
SESSION = frozenset({SESSION_START, "se"})

OPERATORS = {"inc": "$add", "add": "$append", "rem": "$remove", "ncam": "$merge"}
"""Codes of what is done to one custom attribute, other than to set it."""

ATTRIBUTES_OWN = frozenset({"user_id", "custom"})
PUSH = frozenset({"push_token", "custom_push_public_key", "custom_push_user_auth", "custom_push_vapid_public_key"})
"""Attributes that the SDK writes unasked: a browser's push subscription, or null where there is none."""


class Braze:
    """A Lens. Nothing on the wire says "identify": it shows as a changed user id, which `relate` looks for, and as
    attributes of the user. A purchase, of which there is one a product, is a track named PURCHASE."""

    vendor = VENDOR

    def claims(self, request: Request) -> bool:
        known = f".{request.host}".endswith(DOMAINS) or header(request.headers, KEY_HEADER) is not None
        return known and request.method != "OPTIONS"

    def read(self, request: Request) -> Reading:
        endpoint = request.route.rstrip("/")
        if request.method != "POST" or endpoint.endswith(SILENT):
            return Reading(vendor=VENDOR, ignored=f"{request.method} {request.route} carries no call")
        if not endpoint.endswith(DATA):
            return Reading(vendor=VENDOR, opaque=f"POST {request.route} is no endpoint that this lens knows")
        try:
            envelope = decode(request, ("json",))
        except Undecodable as error:
            return Reading(vendor=VENDOR, opaque=str(error))
        if not isinstance(envelope, dict):
            return Reading(vendor=VENDOR, opaque="a body that is no object")
        calls = (*_events(envelope), *_attributes(envelope))
        strange = _strange(envelope)
        return Reading(
            vendor=VENDOR,
            calls=calls,
            ignored="" if calls or strange else "no events and no attributes",
            opaque=strange,
        )

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        """Add an identify where the user id changes from one event to the next. There is always an event to see it by,
        since each change begins a session (request-controller.js, changeUser). Attributes do not tell the order, since
        a flush may hold those of an earlier user: they only count for a user whom no event shows."""
        related: list[VendorCall] = []
        shown = {_user(call) for call in calls if _is_event(call)}
        current: str | None = None
        for call in sorted(calls, key=lambda c: c.time or 0.0):
            user, event = _user(call), _is_event(call)
            if user is not None and (user != current if event else user not in shown):
                who = VendorCall(vendor=VENDOR, kind=Kind.IDENTIFY, user=user, anonymous=call.anonymous)
                related.append(msgspec.structs.replace(who, flow=call.flow, index=call.index, time=call.time))
            if event and (user is not None or call.name == SESSION_START):
                current = user
            shown.add(user)
            related.append(call)
        return related

    def stub(self, request: Request) -> Response | None:
        """A JSON object, and so not an empty body: that, or broken JSON, makes the SDK drop what it sent and report an
        error with every later flush (util/net.js). Without `config` in it, content cards and the like stay off."""
        if self.claims(request) and request.method == "POST" and request.route.rstrip("/").endswith((DATA, *SILENT)):
            return Response.json({})
        return None


def _events(envelope: dict[str, Any]) -> Iterator[VendorCall]:
    copies: Counter[str] = Counter()
    for event in _items(envelope, "events"):
        call = _event(envelope, event)
        # There is no insert id. A retry sends the same events in the same order, so what tells two equal ones of one
        # millisecond apart is how many came before.
        same = _content(event)
        copies[same] += 1
        yield msgspec.structs.replace(call, dedupe=f"{same}#{copies[same]}" if "data" in event else None)


def _event(envelope: dict[str, Any], event: dict[str, Any]) -> VendorCall:
    """The type is in `name`, as a code of a few letters; names and values are in `data`."""
    code, data = str(event.get("name", "")), mapping(event.get("data"))
    match code:
        case "ce":
            return _call(envelope, event, Kind.TRACK, mapping(data.get("p")), name=text(data.get("n")))
        case "p":
            given = {"product_id": "pid", "price": "p", "currency": "c", "quantity": "q"}
            purchase = {name: data[key] for name, key in given.items() if data.get(key) is not None}
            if "price" in purchase:  # text with two decimals ("9.99"), whatever the caller gave (log-purchase.js)
                purchase["price"] = number(purchase["price"])
            return _call(envelope, event, Kind.TRACK, {**mapping(data.get("pr")), **purchase}, name=PURCHASE)
        case "uae":
            alias = _call(envelope, event, Kind.ALIAS, {"label": data.get("l")})
            return msgspec.structs.replace(alias, user=text(data.get("a")), previous=alias.user)
        case _ if (written := _written(code, data)) is not None:
            return _call(envelope, event, Kind.IDENTIFY, written)
        case _:
            return _call(envelope, event, Kind.SESSION if code in SESSION else Kind.AUTOMATIC, {}, name=code)


def _written(code: str, data: dict[str, Any]) -> dict[str, Any] | None:
    """What an event writes to the user's profile; None where it is about something else."""
    key = str(data.get("key"))
    match code:
        case "set":  # setCustomUserAttribute with a list; the attributes object has it where it is no list
            return {key: data.get("value")}
        case "lcaa":
            return {key: {"latitude": data.get("latitude"), "longitude": data.get("longitude")}}
        case "lcar":
            return {key: None}
        case "lr":
            return {"current_location": data}
        case "sgu":
            return {"subscription_groups": {str(data.get("group_id")): data.get("status")}}
        case _ if code in OPERATORS:
            return {OPERATORS[code]: {key: data.get("value")}}
    return None


def _attributes(envelope: dict[str, Any]) -> Iterator[VendorCall]:
    """User attributes, of which the SDK keeps one object a user and flush, without a time: custom ones beside the
    named."""
    for attributes in _items(envelope, "attributes"):
        own = {k: v for k, v in attributes.items() if k not in ATTRIBUTES_OWN}
        named = {k: v for k, v in own.items() if k not in PUSH}
        properties = {**named, **mapping(attributes.get("custom"))}
        call = _call(envelope, attributes, Kind.IDENTIFY if properties else Kind.AUTOMATIC, properties)
        noise = {k: v for k, v in own.items() if k in PUSH}
        yield msgspec.structs.replace(call, noise=noise, time=epoch_seconds(envelope.get("time")))


def _call(
    envelope: dict[str, Any],
    item: dict[str, Any],
    kind: Kind,
    properties: dict[str, Any],
    *,
    name: str | None = None,
) -> VendorCall:
    return VendorCall(
        vendor=VENDOR,
        kind=kind,
        name=name,
        user=text(item.get("user_id")),
        anonymous=text(envelope.get("device_id")),
        properties=properties,
        noise={"session_id": item["session_id"]} if "session_id" in item else {},
        time=epoch_seconds(item.get("time")),
        raw=item,
    )


def _items(envelope: dict[str, Any], key: str) -> list[dict[str, Any]]:
    items = envelope.get(key)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _strange(envelope: dict[str, Any]) -> str:
    """What of the envelope is not as the SDKs write it, in words; empty where all of it is."""
    for key in ("events", "attributes"):
        items = envelope.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            return f"{key} that are no list"
        if odd := len(items) - len(_items(envelope, key)):
            return f"{odd} of {len(items)} {key} are no objects"
    return ""


def _is_event(call: VendorCall) -> bool:
    """Whether it was an item of `events`: those have a type and a time of their own."""
    return {"name", "time"} <= mapping(call.raw).keys()


def _user(call: VendorCall) -> str | None:
    """Whose it is. An alias' own user is the new name."""
    return text(mapping(call.raw).get("user_id"))


def _content(event: dict[str, Any]) -> str:
    parts = [event.get("session_id"), event.get("name"), event.get("time"), event.get("data")]
    return msgspec.json.encode(parts).decode()
