"""The mock of Segment for one run, made in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from testbed.http import Headers, Request, Response
from testbed.plugin.model import Plugin, Style, Target
from testbed.scenario.model import CloudKnobs, Expectations, Scenario
from testbed.segment import Cloud, SdkFiles
from tests.devices.plugins import plugin_of

KEY = "testWriteKey"
SDK = SdkFiles(version="9.9.9", files={"standalone.js": b'k="__WRITE_KEY__"', "407.bundle.abc.js": b"chunk"})
SETTINGS = f"https://cdn.segment.com/v1/projects/{KEY}/settings"


def scenario_of(cloud: Mapping[str, Any] | None = None, **settings: Any) -> Scenario:
    """A scenario with `cloud` as a scenario file writes it, and settings of its own."""
    knobs = msgspec.convert(cloud or {}, CloudKnobs)
    return Scenario(name="s", file="s.yaml", steps=(), expect=Expectations(), cloud=knobs, settings=settings)


def cloud_of(
    style: Style = "classic",
    cloud: Mapping[str, Any] | None = None,
    *,
    plugin: Plugin | None = None,
    target: Target | None = None,
    **settings: Any,
) -> Cloud:
    plugin = plugin or plugin_of(style)
    target = target or plugin.manifest.targets["web"]
    return Cloud(plugin, target, scenario_of(cloud, **settings), write_key=KEY, sdk=SDK)


def answered(cloud: Cloud, url: str, *, method: str = "GET", headers: Headers = (), body: bytes = b"") -> Response:
    reply = cloud.respond(Request.get(url, method=method, headers=headers, body=body))
    assert reply is not None
    return reply.response


def post(endpoint: str, body: object, *, headers: Headers = (), host: str = "api.segment.io") -> Request:
    """A POST to the tracking API; `body` is sent as JSON unless it is bytes."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Request.get(f"https://{host}/v1/{endpoint}", method="POST", headers=headers, body=data)
