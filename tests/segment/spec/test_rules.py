"""Every rule of the Spec: a call that breaks it, and one as close as can be that does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from testbed.segment import read_calls, validate
from testbed.segment.model import Rule
from testbed.segment.spec.rules import RULES
from tests.segment.mock import post

ERROR, WARNING = "error", "warning"
Broken = tuple[str, str, str]
"""Name, severity, path."""


def event(type_: str, **fields: Any) -> dict[str, Any]:
    return {"type": type_, "userId": "u1", **fields}


def track(name: str, properties: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return event("track", event=name, properties=properties or {}, **fields)


def broken_by(call: dict[str, Any], *, key: str = "k") -> list[Rule]:
    body = msgspec.json.encode({"batch": [call], "writeKey": key})
    (read,) = read_calls("f", post("b", body))
    return validate(read)


PHONE: dict[str, Any] = {
    "library": {"name": "analytics-android"},
    "app": {"name": "Shop", "version": "1.0", "build": "1", "namespace": "example.shop"},
    "device": {"id": "d1", "manufacturer": "Google", "model": "Pixel 8", "type": "android"},
    "os": {"name": "Android", "version": "14"},
    "screen": {"width": 1080, "height": 2400},
    "locale": "en-US",
    "timezone": "UTC",
}

CASES: dict[str, list[tuple[dict[str, Any], dict[str, Any], list[Broken]]]] = {
    # (keeps it, breaks it, what is said); the rule that a table is for is its key
    "known_type": [
        (event("page"), event("purchase"), [("common.type.unknown", ERROR, "type")]),
        (event("screen"), {"userId": "u1"}, [("common.type.unknown", ERROR, "type")]),
    ],
    "identifier": [
        (event("page"), {"type": "page"}, [("common.identifier.missing", ERROR, "userId")]),
        (
            {"type": "page", "userId": "", "anonymousId": "a"},
            {"type": "page", "userId": "", "anonymousId": ""},
            [("common.identifier.missing", ERROR, "userId")],
        ),
    ],
    "own_id": [
        (track("A"), event("track"), [("track.event.missing", ERROR, "event")]),
        (track("A"), track(""), [("track.event.missing", ERROR, "event")]),
        (event("group", groupId="g"), event("group"), [("group.groupId.missing", ERROR, "groupId")]),
        (
            event("alias", previousId="p"),
            {"type": "alias", "anonymousId": "a", "previousId": "p"},
            [("alias.userId.missing", ERROR, "userId")],
        ),
        (event("alias", previousId="p"), event("alias"), [("alias.previousId.missing", WARNING, "previousId")]),
        (event("page"), event("page", event="A"), []),  # other calls need no id of their own
    ],
    "field_types": [
        (event("page", userId="42"), event("page", userId=42), [("common.userId.type", ERROR, "userId")]),
        (track("A"), event("track", event=5), [("common.event.type", ERROR, "event")]),
        (event("page", name="A"), event("page", name=[]), [("common.name.type", ERROR, "name")]),
        (event("page", category="A"), event("page", category=1), [("common.category.type", ERROR, "category")]),
        (
            event("page", anonymousId="a", messageId="m"),
            event("page", anonymousId={}, messageId=1),
            [("common.anonymousId.type", ERROR, "anonymousId"), ("common.messageId.type", ERROR, "messageId")],
        ),
        (
            event("group", groupId="1", previousId="p"),
            event("group", groupId=1, previousId=2),
            [("common.groupId.type", ERROR, "groupId"), ("common.previousId.type", ERROR, "previousId")],
        ),
        # the fields that hold more fields
        (track("A"), event("track", event="A", properties="x"), [("common.properties.type", ERROR, "properties")]),
        (event("identify", traits=None), event("identify", traits=[]), [("common.traits.type", ERROR, "traits")]),
        (event("page", context={}), event("page", context="x"), [("common.context.type", ERROR, "context")]),
        (
            event("page", integrations={"All": True}),
            event("page", integrations=True),
            [("common.integrations.type", ERROR, "integrations")],
        ),
        # times
        (
            event("page", timestamp="2026-01-02T03:04:05.678Z"),
            event("page", timestamp=1767323045),
            [("common.timestamp.type", ERROR, "timestamp")],
        ),
        (
            event("page", sentAt="2026-01-02", originalTimestamp="2026-01-02T03:04:05+01:00"),
            event("page", sentAt="02/01/2026", originalTimestamp="now"),
            [("common.originalTimestamp.type", ERROR, "originalTimestamp"), ("common.sentAt.type", ERROR, "sentAt")],
        ),
    ],
    "switches": [
        (
            event("page", integrations={"All": False, "Acme": {"x": 1}, "Beta": None}),
            event("page", integrations={"Acme": "false"}),
            [("common.integrations.value", ERROR, "integrations.Acme")],
        ),
    ],
    "context_fields": [
        (
            event("page", context={"ip": "1.2.3.4", "own": 1, "app": {"own": 1}}),
            event("page", context={"ip": 1}),
            [("common.context.ip.type", WARNING, "context.ip")],
        ),
        (
            event("page", context={"network": {"wifi": True}, "device": {"adTrackingEnabled": False}}),
            event("page", context={"network": {"wifi": "true"}, "device": "phone"}),
            [
                ("common.context.network.wifi.type", WARNING, "context.network.wifi"),
                ("common.context.device.type", WARNING, "context.device"),
            ],
        ),
        # the traits in it are those of an identify
        (
            event("page", context={"traits": {"age": 30}}),
            event("page", context={"traits": {"age": "30"}}),
            [("common.context.traits.age.type", WARNING, "context.traits.age")],
        ),
    ],
    "mobile_context": [
        (
            event("screen", context=PHONE),
            event("screen", context={**PHONE, "device": {**PHONE["device"], "model": ""}, "locale": None}),
            [
                ("common.context.device.model.missing", WARNING, "context.device.model"),
                ("common.context.locale.missing", WARNING, "context.locale"),
            ],
        ),
        (
            event("screen", context={**PHONE, "library": {"name": "analytics-kotlin"}}),
            event("screen", context={**PHONE, "library": {"name": "analytics-kotlin"}, "os": "Android"}),
            [
                ("common.context.os.type", WARNING, "context.os"),
                ("common.context.os.name.missing", WARNING, "context.os.name"),
                ("common.context.os.version.missing", WARNING, "context.os.version"),
            ],
        ),
        # a browser has none of it
        (
            event("page", context={"library": {"name": "analytics.js"}}),
            event("page", context={"library": "analytics-android"}),
            [("common.context.library.type", WARNING, "context.library")],
        ),
    ],
    "reserved_fields": [
        (
            event("identify", traits={"age": 30, "email": "a@b.example", "own": [], "phone": None}),
            event("identify", traits={"age": "30", "email": 1}),
            [
                ("identify.traits.age.type", ERROR, "traits.age"),
                ("identify.traits.email.type", ERROR, "traits.email"),
            ],
        ),
        # in either case; the rule has one name all the same
        (
            event("identify", traits={"first_name": "A", "created_at": "2026-01-02", "createdAt": 1767323045}),
            event("identify", traits={"first_name": 1, "created_at": "yesterday"}),
            [
                ("identify.traits.firstName.type", ERROR, "traits.first_name"),
                ("identify.traits.createdAt.type", ERROR, "traits.created_at"),
            ],
        ),
        # nested
        (
            event("identify", traits={"address": {"city": "A", "postal_code": "1"}, "company": {"employeeCount": 5}}),
            event("identify", traits={"address": {"postalCode": 1}, "company": {"employeeCount": "5"}}),
            [
                ("identify.traits.address.postalCode.type", ERROR, "traits.address.postalCode"),
                ("identify.traits.company.employee_count.type", ERROR, "traits.company.employeeCount"),
            ],
        ),
        (
            event("identify", traits={"address": {}}),
            event("identify", traits={"address": "A street"}),
            [("identify.traits.address.type", ERROR, "traits.address")],
        ),
        # what everybody sends as a number
        (
            event("group", groupId="g", traits={"employees": 5, "id": 1, "plan": "pro"}),
            event("group", groupId="g", traits={"employees": [], "id": {}, "plan": 1}),
            [
                ("group.traits.employees.type", ERROR, "traits.employees"),
                ("group.traits.id.type", ERROR, "traits.id"),
                ("group.traits.plan.type", ERROR, "traits.plan"),
            ],
        ),
        (
            track("A", {"revenue": 9.5, "value": 0}),
            track("A", {"revenue": "9.5", "value": True, "currency": 5}),
            [
                ("track.properties.revenue.type", ERROR, "properties.revenue"),
                ("track.properties.value.type", ERROR, "properties.value"),
                ("track.properties.currency.type", ERROR, "properties.currency"),
            ],
        ),
        (
            event("page", properties={"url": "https://a.example", "keywords": ["a"]}),
            event("page", properties={"url": 1, "keywords": ["a", 1]}),
            [
                ("page.properties.url.type", ERROR, "properties.url"),
                ("page.properties.keywords.type", ERROR, "properties.keywords"),
            ],
        ),
        (
            event("screen", properties={"name": "A", "url": 1}),
            event("screen", properties={"name": 1}),
            [("screen.properties.name.type", ERROR, "properties.name")],
        ),
        # a reserved name means nothing in another call
        (
            track("A", {"email": 1}),
            track("A", {"revenue": []}),
            [("track.properties.revenue.type", ERROR, "properties.revenue")],
        ),
    ],
    "currency": [
        (
            track("A", {"currency": "EUR"}),
            track("A", {"currency": "eur"}),
            [("track.properties.currency.code", WARNING, "properties.currency")],
        ),
        (
            event("page", properties={"currency": "euro"}),
            track("A", {"currency": "EURO"}),
            [("track.properties.currency.code", WARNING, "properties.currency")],
        ),
    ],
    "semantic_fields": [
        (
            track("Order Completed", {"order_id": "o1", "total": 5, "own": []}),
            track("Order Completed", {"order_id": 1, "total": "5"}),
            [
                ("track.order-completed.order_id.type", ERROR, "properties.order_id"),
                ("track.order-completed.total.type", ERROR, "properties.total"),
            ],
        ),
        # the products of an order
        (
            track("Order Completed", {"products": [{"sku": "a", "price": 1.5, "own": 1}, {}]}),
            track("Order Completed", {"products": [{}, {"sku": 5, "quantity": "2"}]}),
            [
                ("track.order-completed.products.sku.type", ERROR, "properties.products.1.sku"),
                ("track.order-completed.products.quantity.type", ERROR, "properties.products.1.quantity"),
            ],
        ),
        (
            track("Cart Viewed", {"products": []}),
            track("Cart Viewed", {"products": ["a"]}),
            [("track.cart-viewed.products.type", ERROR, "properties.products")],
        ),
        (
            track("Product List Filtered", {"filters": [{"type": "a", "value": "b"}], "sorts": []}),
            track("Product List Filtered", {"filters": [{"type": 1}], "sorts": {}}),
            [
                ("track.product-list-filtered.filters.type.type", ERROR, "properties.filters.0.type"),
                ("track.product-list-filtered.sorts.type", ERROR, "properties.sorts"),
            ],
        ),
        # one thing or another
        (
            track("Products Searched", {"query": {"text": "a"}}),
            track("Products Searched", {"query": 5}),
            [("track.products-searched.query.type", ERROR, "properties.query")],
        ),
        # objects within
        (
            track("Install Attributed", {"campaign": {"name": "a", "ad_group": "b"}}),
            track("Install Attributed", {"campaign": {"ad_group": 1}}),
            [("track.install-attributed.campaign.ad_group.type", ERROR, "properties.campaign.ad_group")],
        ),
        # video: choices, ranges, whole numbers, and null for the length of a livestream
        (
            track("Video Playback Started", {"ad_type": ["pre-roll"], "sound": 100, "total_length": None}),
            track("Video Playback Started", {"ad_type": ["roll"], "sound": 101, "total_length": 1.5}),
            [
                ("track.video-playback-started.ad_type.type", ERROR, "properties.ad_type"),
                ("track.video-playback-started.sound.type", ERROR, "properties.sound"),
                ("track.video-playback-started.total_length.type", ERROR, "properties.total_length"),
            ],
        ),
        (
            track("Video Ad Playing", {"type": "mid-roll", "quartile": 3, "load_type": "linear"}),
            track("Video Ad Playing", {"type": "midroll", "quartile": 4, "load_type": "lazy"}),
            [
                ("track.video-ad-playing.type.type", ERROR, "properties.type"),
                ("track.video-ad-playing.quartile.type", ERROR, "properties.quartile"),
                ("track.video-ad-playing.load_type.type", ERROR, "properties.load_type"),
            ],
        ),
        (
            track("Video Ad Started", {"content": {"title": "a", "position": 3.0}}),
            track("Video Ad Started", {"content": {"title": "a", "position": 3.5}}),
            [("track.video-ad-started.content.position.type", ERROR, "properties.content.position")],
        ),
        # the same properties under another name
        (
            track("Own Event", {"order_id": 1, "products": 5}),
            track("Order Cancelled", {"order_id": 1}),
            [("track.order-cancelled.order_id.type", ERROR, "properties.order_id")],
        ),
    ],
    "semantic_context": [
        (
            track("Signed Up", context={"groupId": "g1"}),
            track("Signed Up"),
            [("track.signed-up.context.groupId.missing", WARNING, "context.groupId")],
        ),
        (
            track("Email Opened", context={"traits": {"email": "a@b.example"}}),
            track("Email Opened", context={"traits": "a@b.example"}),
            [
                ("common.context.traits.type", WARNING, "context.traits"),
                ("track.email-opened.context.traits.email.missing", WARNING, "context.traits.email"),
            ],
        ),
        (
            event("page", name="Signed Up"),
            track("Trial Ended"),
            [("track.trial-ended.context.groupId.missing", WARNING, "context.groupId")],
        ),
    ],
    "semantic_name": [
        (track("Order Completed"), track("order completed"), [("track.event.semantic-name", WARNING, "event")]),
        (track("Order Completed"), track("order_completed"), [("track.event.semantic-name", WARNING, "event")]),
        (track("Order Shipped"), track("Purchase"), [("track.event.semantic-name", WARNING, "event")]),
        (track("Application Installed"), track("install"), [("track.event.semantic-name", WARNING, "event")]),
        (event("page", name="purchase"), track("Login"), [("track.event.semantic-name", WARNING, "event")]),
    ],
    "message_id": [
        (
            event("page", messageId="m" * 100),
            event("page", messageId="m" * 101),
            [("common.messageId.length", ERROR, "messageId")],
        ),
    ],
    "long_text": [
        (
            event("identify", traits={"bio": "a" * 512}),
            event("identify", traits={"bio": "a" * 513}),
            [("common.text.length", WARNING, "traits.bio")],
        ),
    ],
}


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [pytest.param(*case, id=f"{rule}-{n}") for rule in CASES for n, case in enumerate(CASES[rule])],
)
def test_kept_and_broken(good: dict[str, Any], bad: dict[str, Any], said: list[Broken]):
    assert [(rule.rule, rule.severity, rule.path) for rule in broken_by(bad)] == said
    assert {rule.rule for rule in broken_by(good)} & {name for name, _, _ in said} == set()


def test_every_rule_has_its_cases():
    # `accepted` is about the request, and has its cases where requests are read: tests/segment/test_tracking.py.
    assert ["accepted", *CASES] == [rule.__name__ for rule in RULES]


def test_a_name_belongs_to_one_rule():
    owners: dict[str, set[str]] = {}
    for rule in RULES:
        for table in CASES.values():
            for _, bad, _ in table:
                (call,) = read_calls("f", post("b", {"batch": [bad], "writeKey": "k"}))
                for found in rule(call):
                    owners.setdefault(found.rule, set()).add(rule.__name__)
    assert len(owners) > 50
    assert {name: rules for name, rules in owners.items() if len(rules) > 1} == {}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (track("A", {"revenue": "9.5"}), 'is the string "9.5", and must be a number'),
        (track("A", {"revenue": True}), "is the boolean true, and must be a number"),
        (track("A", {"revenue": [1]}), "is the array [1], and must be a number"),
        (event("identify", traits={"address": 5}), "is the number 5, and must be an object"),
        (
            event("group", groupId="g", traits={"employees": {}}),
            "is the object {}, and must be a string or a number",
        ),
        (
            track("Video Playback Paused", {"sound": -1}),
            "is the number -1, and must be a whole number from 0 to 100",
        ),
        (
            track("Video Ad Started", {"type": "x" * 99}),
            f'is the string "{"x" * 56}..., and must be one of pre-roll, mid-roll, post-roll',
        ),
        (
            track("Video Playback Started", {"content_asset_ids": "a"}),
            'is the string "a", and must be an array of strings',
        ),
        (
            track("Cart Viewed", {"products": {}}),
            "is the object {}, and must be an array of objects",
        ),
        (track("purchase"), "'purchase' is what the Spec calls 'Order Completed'"),
        (track("A", {"currency": "usd"}), "'usd' is no code of ISO 4217, such as 'USD'"),
    ],
)
def test_messages_say_what_was_sent_and_what_is_wanted(call: dict[str, Any], message: str):
    assert [rule.message for rule in broken_by(call)] == [message]


def test_a_broken_rule_says_of_which_call_it_is():
    assert [rule.message_id for rule in broken_by(track("", messageId="m1"))] == ["m1"]
