"""The tables of the Spec: its notation, and that no call, field or event is missing."""

from __future__ import annotations

from typing import Any

import pytest

from testbed.segment.spec.reserved import CONTEXT, RESERVED, find
from testbed.segment.spec.semantic import CONTEXT_OF, EVENTS, SYNONYMS
from testbed.segment.spec.types import Type, fields


@pytest.mark.parametrize(
    ("notation", "name", "holds", "not_"),
    [
        ("x", "a string", ["", "a"], [1, True, [], {}]),
        ("x:n", "a number", [0, -1.5, 10**400], ["1", True]),
        ("x:i", "a whole number", [0, 3.0, 10**400], [1.5, "1", False]),
        ("x:b", "a boolean", [True, False], [0, "true"]),
        ("x:a", "an array", [[], [1, "a"]], [{}, "a"]),
        ("x:o", "an object", [{}], [[], "a"]),
        ("x:d", "an ISO 8601 date", ["2026-01-02", "2026-01-02T03:04:05.678Z", 1767323045], ["today", True, []]),
        ("x:t", "an ISO 8601 date", ["2026-01-02T03:04:05.678Z"], ["today", 1767323045]),
        ("x:0..100", "a whole number from 0 to 100", [0, 100, 50.0], [-1, 101, 50.5, "50", True]),
        ("x:a|b", "one of a, b", ["a", "b"], ["c", "A", ["a"], 1]),
        ("x:[s]", "an array of strings", [[], ["a"]], [["a", 1], "a"]),
        ("x:s/n", "a string or a number", ["a", 1], [True, []]),
        ("x:a|b/[a|b]", "one of a, b or an array of one of a, b", ["a", ["a", "b"]], ["c", ["c"]]),
        ("x:Shape", "an object", [{"own": 1}], [[], "a"]),
        ("x:[Shape]", "an array of objects", [[], [{}]], [[1], {}]),
    ],
)
def test_notation(notation: str, name: str, holds: list[Any], not_: list[Any]):
    kind = fields(notation, {"Shape": fields("y:n")})["x"]
    assert kind.name == name
    assert [value for value in holds if not kind.holds(value)] == []
    assert [value for value in not_ if kind.holds(value)] == []
    assert list(kind.inside) == (["y"] if "Shape" in notation else [])


def test_every_call_has_a_table_but_alias_which_reserves_nothing():
    assert set(RESERVED) == {"identify", "track", "page", "screen", "group"}


@pytest.mark.parametrize(
    ("table", "name", "known"),
    [
        ("identify", "firstName", "firstName"),
        ("identify", "first_name", "firstName"),
        ("identify", "created_at", "createdAt"),
        ("identify", "FirstName", None),
        ("group", "firstName", None),
        ("track", "revenue", "revenue"),
    ],
)
def test_reserved_names_in_either_case(table: str, name: str, known: str | None):
    found = find(RESERVED[table], name)
    assert (found and found[0]) == known


FIELDS = {
    "identify": "address age avatar birthday company createdAt description email firstName gender id lastName name "
    "phone title username website",
    "group": "address avatar createdAt description email employees id industry name phone website plan",
    "track": "revenue currency value",
    "page": "name path referrer search title url keywords",
    "screen": "name",
}


@pytest.mark.parametrize("call", FIELDS)
def test_reserved_names_are_those_of_the_spec(call: str):
    assert set(RESERVED[call]) == set(FIELDS[call].split())


def test_context_fields_are_those_of_the_spec_and_what_the_sdks_add():
    spec = (
        "active app campaign device ip library locale location network os page referrer screen timezone groupId traits "
        "userAgent"
    )
    added = "direct userAgentData instanceId consent"
    assert set(CONTEXT) == {*spec.split(), *added.split()}


# Name, and a property that only this kind of event has.
GROUPS = {
    "Products Searched": "query",
    "Product List Viewed, Product List Filtered": "list_id",
    "Promotion Viewed, Promotion Clicked": "promotion_id",
    "Product Clicked, Product Viewed, Product Added, Product Removed": "product_id",
    "Cart Viewed": "cart_id",
    "Checkout Started, Order Completed, Order Updated, Order Cancelled, Order Refunded": "order_id",
    "Checkout Step Viewed, Checkout Step Completed, Payment Info Entered": "payment_method",
    "Coupon Entered, Coupon Applied, Coupon Denied, Coupon Removed": "coupon_id",
    "Product Added to Wishlist, Product Removed from Wishlist, Wishlist Product Added to Cart": "wishlist_id",
    "Product Shared, Cart Shared": "share_via",
    "Product Reviewed": "review_id",
    "Account Created, Account Deleted": "account_name",
    "Signed Up": "type",
    "Signed In, Signed Out": "username",
    "Invite Sent": "invitee_email",
    "Account Added User": "role",
    "Trial Started, Trial Ended": "trial_plan_name",
    "Application Installed, Application Opened, Application Updated": "build",
    "Account Removed User, Application Backgrounded, Application Foregrounded, Application Uninstalled": "",
    "Application Crashed": "",
    "Install Attributed": "provider",
    "Push Notification Received, Push Notification Tapped, Push Notification Bounced": "campaign",
    "Deep Link Opened, Deep Link Clicked": "url",
    "Experiment Viewed": "variation_id",
    "Email Bounced, Email Delivered, Email Opened, Email Marked as Spam, Email Link Clicked, Unsubscribed": "email_id",
    "Live Chat Conversation Started, Live Chat Conversation Ended": "conversation_duration",
    "Live Chat Message Sent, Live Chat Message Received": "agent_id",
    "Video Playback Started, Video Playback Paused, Video Playback Interrupted, Video Playback Buffer Started": "sound",
    "Video Playback Buffer Completed, Video Playback Seek Started, Video Playback Seek Completed": "video_player",
    "Video Playback Resumed, Video Playback Completed, Video Playback Exited": "full_screen",
    "Video Content Started, Video Content Playing, Video Content Completed": "episode",
    "Video Ad Started, Video Ad Playing, Video Ad Completed": "quartile",
    "Video Quality Updated": "droppedFrames",
}


@pytest.mark.parametrize("names", GROUPS)
def test_semantic_events(names: str):
    for name in names.split(", "):
        assert not GROUPS[names] or GROUPS[names] in EVENTS[name]


def test_no_event_is_known_that_is_not_asked_for():
    assert set(EVENTS) == {name for names in GROUPS for name in names.split(", ")}


@pytest.mark.parametrize(
    ("names", "path"),
    [
        (
            "Account Created, Account Deleted, Signed Up, Signed In, Signed Out, Invite Sent, Account Added User, "
            "Account Removed User, Trial Started, Trial Ended",
            "groupId",
        ),
        (
            "Email Bounced, Email Delivered, Email Opened, Email Marked as Spam, Email Link Clicked, Unsubscribed",
            "traits.email",
        ),
    ],
)
def test_what_events_want_in_their_context(names: str, path: str):
    assert {name for name, paths in CONTEXT_OF.items() if path in paths} == set(names.split(", "))
    assert all(not field.startswith("context.") for name in names.split(", ") for field in EVENTS[name])


@pytest.mark.parametrize("name", [name for name in EVENTS if name.startswith("Video ")])
def test_video_numbers(name: str):
    """The Spec gives these as integers, wherever they occur."""
    integers = {"position", "total_length", "seek_position", "pod_position", "pod_length", "bitrate"}
    kinds: dict[str, Type] = {field: kind for field, kind in EVENTS[name].items() if field in integers}
    assert kinds
    assert {kind.name for kind in kinds.values()} == {"a whole number"}


def test_a_synonym_leads_to_an_event_and_is_none():
    assert set(SYNONYMS.values()) <= set(EVENTS)
    assert not {name.lower() for name in EVENTS} & set(SYNONYMS)
