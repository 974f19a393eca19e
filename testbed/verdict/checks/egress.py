"""Where the plugin talks to, and whether in the clear."""

from __future__ import annotations

import json
from collections.abc import Iterable

from testbed.capture.flow import Disposition, Flow
from testbed.scenario.steps import Click, Evaluate
from testbed.segment.hosts import API_HOSTS, CDN_HOSTS
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.model import Check

_OURS = (Disposition.SEGMENT, Disposition.APP)


class UndeclaredHost(BuiltIn):
    """A request to a host that `[egress] hosts` does not name, or to an address that no plugin may reach (loopback,
    private networks, metadata services). Comes with the line to paste. Who answered does not matter: a scenario's stub
    for `*`, and --live, say what becomes of a request, not that the plugin may make it."""

    id = "undeclared-host"
    promise = "the plugin talks to declared hosts only"

    def faults(self, case: Case) -> Iterable[Check]:
        by_host: dict[tuple[str, bool], list[Flow]] = {}
        for flow in case.evidence.flows:
            refused = flow.disposition is Disposition.DENIED
            if refused or (flow.disposition not in _OURS and not case.declared(flow.request.host)):
                by_host.setdefault((flow.request.host, refused), []).append(flow)
        yield from self._own_site(case)
        asked = {flow.request.host for flow in case.evidence.flows} | API_HOSTS | CDN_HOSTS
        for note in dict.fromkeys(case.evidence.notes):
            if note.kind == "connected" and note.host not in asked and not case.declared(note.host):
                yield self.fault(f"connection to the undeclared host {note.host}, without a request: {note.detail}")
        for (host, refused), flows in by_host.items():
            times = f" and {len(flows) - 1} more" if len(flows) > 1 else ""
            first = f"{flows[0].request.method} {flows[0].request.url}{times}"
            if refused:
                reason = flows[0].reason or "no plugin may reach it"
                yield self.fault(f"request to the forbidden address {host} ({reason}): {first}", flow=flows[0].id)
            else:
                hosts = [*case.evidence.plugin.manifest.egress.hosts, host]
                yield self.fault(
                    f"request to the undeclared host {host}: {first}",
                    flow=flows[0].id,
                    paste=f"[egress]\nhosts = {json.dumps(hosts)}",
                    place=case.evidence.plugin.places.get("egress.hosts"),
                )

    def _own_site(self, case: Case) -> Iterable[Check]:
        """The customer's site is no host of the plugin's either: a path without the vendor's host goes there. On a
        page of the plugin's own, and after a script of the scenario's, somebody else may have sent it."""
        if case.target.page is not None or any(isinstance(step, Click | Evaluate) for step in case.scenario.steps):
            return
        for flow in case.evidence.flows:
            if flow.disposition is Disposition.APP and flow.request.method not in ("GET", "HEAD", "OPTIONS"):
                yield self.fault(
                    f"data for the customer's own site: {flow.request.method} {flow.request.url}", flow=flow.id
                )


class Tls(BuiltIn):
    """A request to the vendor over plain HTTP."""

    id = "tls"
    promise = "vendor requests go over TLS"

    def faults(self, case: Case) -> Iterable[Check]:
        seen: set[str] = set()
        for flow in case.evidence.flows:
            request = flow.request
            if request.scheme == "http" and case.to_vendor(flow) and request.host not in seen:
                seen.add(request.host)
                yield self.fault(f"{request.method} {request.url} goes unencrypted", flow=flow.id)
