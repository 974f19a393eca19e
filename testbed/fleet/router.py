"""Who answers a request of a device: the customer's own site, Segment, a stub, the real host, or nobody.

The order of `Router.answer` is the policy. Capture asks it for every request and does what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from testbed.capture import deny_reason
from testbed.capture.flow import Answer, Disposition
from testbed.devices.api import App, Device
from testbed.fleet.stubs import find_stub, plain_answer, stub_answer
from testbed.http import Request, Response, header
from testbed.lenses import Lens, default_stub
from testbed.plugin.model import Plugin
from testbed.scenario.model import Scenario
from testbed.segment import Cloud


class Router:
    """The answers for one run: one scenario on one target on one device."""

    def __init__(
        self,
        *,
        device: Device,
        app: App,
        cloud: Cloud,
        plugin: Plugin,
        scenario: Scenario,
        lenses: Sequence[Lens],
        live: Sequence[str] = (),
    ) -> None:
        self._device = device
        self._app = app
        self._cloud = cloud
        self._plugin = plugin
        self._scenario = scenario
        self._lenses = lenses
        self._live = live

    async def answer(self, request: Request) -> Answer:
        """The answer to `request`. Never raises for anything that a plugin can send."""
        if (response := self._device.answer(self._app, request)) is not None:
            return Answer(disposition=Disposition.APP, response=response)
        if (reply := self._cloud.respond(request)) is not None:
            return Answer(disposition=Disposition.SEGMENT, response=reply.response, delay_ms=reply.delay_ms)
        if (denied := deny_reason(request.host, request.port)) is not None:
            return _refusal(Disposition.DENIED, request, denied)
        if not _any(self._plugin.manifest.egress.hosts, request.host):
            return _refusal(Disposition.UNDECLARED, request, "not in [egress] hosts of plugin.toml")
        if (stub := find_stub(self._scenario.stubs, request)) is not None:
            return stub_answer(stub, self._plugin, request)
        if _any(self._live, request.host):
            return Answer(disposition=Disposition.LIVE)
        if (stub := find_stub(self._plugin.manifest.stub, request)) is not None:
            return stub_answer(stub, self._plugin, request)
        if (response := default_stub(self._lenses, request)) is not None:
            return Answer(disposition=Disposition.STUB, response=response)
        return plain_answer(request)

    def is_page_or_sdk(self, request: Request) -> bool:
        """Whether it asks for the app itself or for the SDK's own file: nothing of the plugin is in either."""
        if header(request.headers, "sec-fetch-dest") == "document":
            return self._device.answer(self._app, request) is not None
        return self._cloud.is_sdk(request)


def _any(globs: Sequence[str], host: str) -> bool:
    return any(fnmatchcase(host.lower(), glob.lower()) for glob in globs)


def _refusal(disposition: Disposition, request: Request, reason: str) -> Answer:
    text = f"testbed refused {request.url}: {reason}\n"
    return Answer(disposition=disposition, response=Response.text(text, status=403), reason=reason)
