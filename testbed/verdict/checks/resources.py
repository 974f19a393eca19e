"""The vendor's own scripts and other resources."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from testbed.capture.flow import Disposition, Flow
from testbed.http import Request, header
from testbed.segment.hosts import CDN_HOSTS
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.model import Check


class VendorScript(BuiltIn):
    """A script or other resource of a declared host did not load: cut, blocked, or answered with an error. Or a file
    beside the bundle did not, which is then not in the zip. A real user's ad blocker does the same; a scenario that
    provokes it lists this check under `tolerate`."""

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
                and (_of_vendor(line.url, case) or urlsplit(line.url).hostname in CDN_HOSTS)
            ):
                reported.add(line.url)
                yield self.fault(f"{line.url or 'a resource of the plugin'} did not load: {line.text}")


def is_script(request: Request) -> bool:
    """Whether the browser asked for it to run or show it (Fetch Metadata), or its name says so."""
    purpose = header(request.headers, "sec-fetch-dest")
    if purpose not in (None, "", "empty"):
        return purpose in ("script", "style", "font", "document", "iframe", "worker", "serviceworker", "sharedworker")
    return request.route.endswith((".js", ".mjs", ".js.gz", ".css", ".map"))


def is_resource(flow: Flow) -> bool:
    """Whether the request fetched something to run or show, and so told nothing. Vendors take calls by scripts (JSONP),
    frames (Floodlight) and forms as well, so that a purpose is not enough: a script has to be answered with one, and a
    frame must have no query to put a call into."""
    request, response = flow.request, flow.response
    if request.method != "GET" or response is None or ("?" in request.path and not response.body):
        return False
    purpose = header(request.headers, "sec-fetch-dest") or ""
    if purpose in ("document", "iframe"):
        return "?" not in request.path
    if purpose not in _ANSWERS:
        return False
    kind = (header(response.headers, "content-type") or "").lower()
    return is_script(request) and any(word in kind for word in _ANSWERS[purpose])


_SCRIPT = ("javascript", "ecmascript", "text/plain")
_ANSWERS = {
    "": (*_SCRIPT, "css", "json"),  # a client that states none; .map is JSON
    "empty": (*_SCRIPT, "css"),
    "script": _SCRIPT,
    "worker": _SCRIPT,
    "sharedworker": _SCRIPT,
    "serviceworker": _SCRIPT,
    "style": ("css",),
    "font": ("font", "octet-stream"),
}
"""The purposes for which code and its like are asked for, with the content types that answer them."""


def is_preflight(request: Request) -> bool:
    """A CORS preflight (Fetch standard), which is the browser's own; a page can send OPTIONS too."""
    return request.method == "OPTIONS" and header(request.headers, "access-control-request-method") is not None


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
