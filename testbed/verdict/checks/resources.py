"""The vendor's own scripts and other resources."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from testbed.capture.flow import Disposition, Flow
from testbed.http import Request, header
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.model import Check


class VendorScript(BuiltIn):
    """A script or other resource of a declared host did not load: cut, blocked, or answered with an error. A real
    user's ad blocker does the same; a scenario that provokes it lists this check under `tolerate`."""

    id = "vendor-script"
    promise = "the vendor's scripts load"

    def faults(self, case: Case) -> Iterable[Check]:
        reported: set[str] = set()
        vendor_flows = [flow for flow in case.evidence.flows if case.declared(flow.request.host)]
        for flow in vendor_flows:
            said = _failure(flow)
            if said and flow.request.url not in reported:
                reported.add(flow.request.url)
                yield self.fault(f"{flow.request.url} {said}", flow=flow.id)
        # A request that is no GET carries data, not a resource: how it fared is not this check's business.
        data = {flow.request.url for flow in vendor_flows if flow.request.method != "GET"}
        for line in case.evidence.logs:
            if (
                line.source == "network"
                and line.by_plugin
                and line.url not in reported | data
                and _of_vendor(line.url, case)
            ):
                reported.add(line.url)
                yield self.fault(f"{line.url or 'a resource of the plugin'} did not load: {line.text}")


def is_script(request: Request) -> bool:
    """Whether the browser asked for it to run or show it (Fetch Metadata), or its name says so."""
    purpose = header(request.headers, "sec-fetch-dest")
    if purpose not in (None, "", "empty"):
        return purpose in ("script", "style", "font", "document", "iframe", "worker", "serviceworker", "sharedworker")
    return request.route.endswith((".js", ".mjs", ".js.gz", ".css", ".map"))


def _failure(flow: Flow) -> str:
    if flow.request.method != "GET":
        return ""
    if flow.disposition is Disposition.BROKEN:
        return f"was broken off{f': {flow.reason}' if flow.reason else ''}"
    if is_script(flow.request):
        if flow.response is None:
            return f"got no answer{f': {flow.error}' if flow.error else ''}"
        if flow.response.status >= 400:
            return f"was answered with {flow.response.status}"
    return ""


def _of_vendor(url: str, case: Case) -> bool:
    """An undeclared host is another check's; a line without a URL is the plugin's own word."""
    host = urlsplit(url).hostname
    return host is None or case.declared(host)
