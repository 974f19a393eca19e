"""The mock of Segment for one run: settings, CDN and tracking API behind the host names of production."""

from __future__ import annotations

from typing import Any

import msgspec

from testbed.http import Request, Response
from testbed.plugin.model import Plugin, Target
from testbed.scenario.model import Scenario
from testbed.segment import tracking
from testbed.segment.cdn import CACHED, CORS, plugin_file, sdk_file, sdk_path
from testbed.segment.hosts import API_HOSTS, CDN_HOSTS
from testbed.segment.sdk import SdkFiles
from testbed.segment.settings import settings_document


class CloudReply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, to be given after `delay_ms`."""

    response: Response
    delay_ms: int = 0


class Cloud:
    """Request in, reply out. What it remembers is what the scenario's knobs count (`times`), and changed settings."""

    def __init__(self, plugin: Plugin, target: Target, scenario: Scenario, *, write_key: str, sdk: SdkFiles) -> None:
        self._plugin = plugin
        self._target = target
        self._scenario = scenario
        self._write_key = write_key
        self._sdk = sdk
        self._changes: dict[str, Any] = {}
        self._refused = 0

    def update_settings(self, values: dict[str, Any]) -> None:
        """Change the plugin's settings as a customer would; an SDK sees it the next time it asks."""
        self._changes |= values

    def respond(self, request: Request) -> CloudReply | None:
        """The reply to `request`; None when its host is not Segment's."""
        if request.host in CDN_HOSTS:
            return self._settings() if self._asks_settings(request) else CloudReply(response=self._cdn(request))
        if request.host in API_HOSTS:
            return self._tracking(request)
        return None

    def is_sdk(self, request: Request) -> bool:
        """Does it ask for analytics.js itself?"""
        return request.host in CDN_HOSTS and request.route == sdk_path(self._write_key)

    def _asks_settings(self, request: Request) -> bool:
        return request.method == "GET" and request.route == f"/v1/projects/{self._write_key}/settings"

    def _settings(self) -> CloudReply:
        knob = self._scenario.cloud.settings
        if knob.status >= 400:
            failure = Response.json({"message": f"status {knob.status}"}, status=knob.status, headers=CORS)
            return CloudReply(response=failure, delay_ms=knob.delay_ms)
        document = settings_document(
            self._plugin, self._target, self._scenario, write_key=self._write_key, changes=self._changes
        )
        return CloudReply(response=Response.json(document, headers=CACHED), delay_ms=knob.delay_ms)

    def _cdn(self, request: Request) -> Response:
        found = sdk_file(request.route, self._sdk, self._write_key) or plugin_file(
            request.route, self._plugin, self._target
        )
        if found is not None:
            return found
        message = f"testbed's mock of {request.host} has no {request.route}"
        return Response.json({"message": message}, status=404, headers=CORS)

    def _tracking(self, request: Request) -> CloudReply:
        knob = self._scenario.cloud.tracking
        if knob.status >= 400 and tracking.carries_calls(request) and self._refused < knob.times:
            self._refused += 1
            refused = tracking.refuse(request, knob.status, knob.retry_after_s)
            return CloudReply(response=refused, delay_ms=knob.delay_ms)
        return CloudReply(response=tracking.respond(request), delay_ms=knob.delay_ms)
