"""The mock of Segment as a whole: whose hosts it answers for, and the faults that a scenario asks for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from testbed.http import Request, header
from testbed.segment.hosts import API_HOSTS, CDN_HOSTS
from tests.segment.mock import SETTINGS, cloud_of, post

EVENT = {"type": "track", "event": "A", "userId": "u1", "writeKey": "k"}


@pytest.mark.parametrize("host", sorted(CDN_HOSTS | API_HOSTS))
def test_segments_hosts_are_answered(host: str):
    assert cloud_of().respond(Request.get(f"https://{host}/")) is not None


@pytest.mark.parametrize("host", ["segment.com", "api.segment.io.evil.example", "api.acme.example", "www.segment.io"])
def test_other_hosts_are_not(host: str):
    assert cloud_of().respond(Request.get(f"https://{host}/v1/t", method="POST")) is None


@pytest.mark.parametrize("status", [404, 500, 503])
def test_settings_that_fail(status: int):
    reply = cloud_of(cloud={"settings": {"status": status}}).respond(Request.get(SETTINGS))
    assert reply is not None
    assert reply.response.status == status
    assert header(reply.response.headers, "access-control-allow-origin") == "*"
    assert header(reply.response.headers, "cache-control") is None


@pytest.mark.parametrize(
    ("cloud", "request_", "delay_ms"),
    [
        ({}, Request.get(SETTINGS), 0),
        ({"settings": {"delay_ms": 700}}, Request.get(SETTINGS), 700),
        ({"settings": {"delay_ms": 700, "status": 500}}, Request.get(SETTINGS), 700),
        ({"settings": {"delay_ms": 700}}, post("t", EVENT), 0),
        ({"tracking": {"delay_ms": 900}}, post("t", EVENT), 900),
        ({"tracking": {"delay_ms": 900, "status": 500, "times": 1}}, post("t", EVENT), 900),
        ({"tracking": {"delay_ms": 900}}, Request.get(SETTINGS), 0),
    ],
)
def test_delays(cloud: dict[str, Any], request_: Request, delay_ms: int):
    reply = cloud_of(cloud=cloud).respond(request_)
    assert reply is not None
    assert reply.delay_ms == delay_ms


@pytest.mark.parametrize(
    ("knob", "statuses"),
    [
        ({"status": 429, "times": 2}, [429, 429, 200, 200]),
        ({"status": 500, "times": 1}, [500, 200]),
        ({"status": 503, "times": 0}, [200]),
        ({"times": 3}, [200]),
    ],
)
def test_uploads_that_fail_for_a_while(knob: dict[str, Any], statuses: list[int]):
    cloud = cloud_of(cloud={"tracking": knob})
    replies = [cloud.respond(post("t", EVENT)) for _ in statuses]
    assert [reply.response.status for reply in replies if reply] == statuses


def test_only_uploads_use_up_the_failures():
    """Preflights, the SDK's own metrics (`/m`, on by default in analytics-kotlin) and unknown paths carry no call."""
    cloud = cloud_of(cloud={"tracking": {"status": 500, "times": 1}})
    preflight = Request.get("https://api.segment.io/v1/t", method="OPTIONS")
    others = [preflight, post("m", {"series": []}), post("nothing", {})]
    assert [reply.response.status for reply in map(cloud.respond, others) if reply] == [200, 200, 404]
    refused = cloud.respond(post("b", {"batch": [EVENT], "writeKey": "k"}))
    assert refused is not None
    assert refused.response.status == 500


@pytest.mark.parametrize(
    ("knob", "retry_after"),
    [({"status": 429, "times": 1, "retry_after_s": 3}, "3"), ({"status": 429, "times": 1}, None)],
)
def test_a_rate_limit_says_when_to_come_back(knob: dict[str, Any], retry_after: str | None):
    reply = cloud_of(cloud={"tracking": knob}).respond(post("t", EVENT, headers=(("origin", "https://shop.example"),)))
    assert reply is not None
    response = reply.response
    assert header(response.headers, "retry-after") == header(response.headers, "x-ratelimit-reset") == retry_after
    # The page must be able to read a refusal as well.
    assert header(response.headers, "access-control-allow-origin") == "https://shop.example"
    assert msgspec.json.decode(response.body)["success"] is False
