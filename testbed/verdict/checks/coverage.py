"""What the verdict cannot see: traffic that never became a flow, and vendor requests that no lens could read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from testbed.capture.flow import Flow
from testbed.scenario.targeting import covers
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.checks.resources import is_preflight, is_resource
from testbed.verdict.expectations.requests import matches
from testbed.verdict.model import Check

DISCOVERY = frozenset({("224.0.0.251", 5353), ("224.0.0.252", 5355), ("239.255.255.250", 1900)})
"""Multicast by which machines find each other (mDNS, LLMNR, SSDP). A browser takes part in it by itself, for one to
hide the machine's address from a page that uses WebRTC (RFC 8828): it tells nobody anything of the plugin's."""


class Unseen(BuiltIn):
    """The device does not trust the run's certificate authority, so what it had to say is in no expectation's reach. It
    may say so, or just leave, and then never be heard at that host; at one where it is heard it was a spare connection,
    of which browsers open and drop some. A request that was given up told nobody anything: a warning. What is no TCP
    gets nowhere here, and on a user's device goes where no expectation reaches."""

    id = "unseen"
    promise = "everything that the device sent was seen"

    def faults(self, case: Case) -> Iterable[Check]:
        heard = {flow.request.host for flow in case.evidence.flows}
        for note in dict.fromkeys(case.evidence.notes):
            if note.kind == "aborted":
                # Part of a request may have been all that it had to say.
                yield self.fault(f"the device gave a request up: {note.detail}", severity=_severity(case))
            elif note.kind == "refused" and not any(note.detail == f"UDP {host}:{port}" for host, port in DISCOVERY):
                yield self.fault(f"traffic that capture cannot read, and that the jail let nowhere: {note.detail}")
            elif note.kind == "tls-refused" or (note.kind == "tls-abandoned" and note.host not in heard):
                yield self.fault(f"traffic that capture cannot read: {note.detail}")


class AroundProxy(BuiltIn):
    """A connection that ignores the proxy settings. The jail captures it all the same, and it is judged like any other;
    on a device without a jail nobody would see it."""

    id = "around-proxy"
    promise = "all traffic heeds the proxy settings"

    def faults(self, case: Case) -> Iterable[Check]:
        by_host: dict[str, list[Flow]] = {}
        for flow in case.evidence.flows:
            if flow.around:
                by_host.setdefault(flow.request.host, []).append(flow)
        for host, flows in by_host.items():
            times = f" ({len(flows)} requests)" if len(flows) > 1 else ""
            message = f"{host} is talked to without the proxy that the device is set to{times}"
            yield self.fault(message, severity="warning", flow=flows[0].id)


class Opaque(BuiltIn):
    """A lens knows the request as its vendor's and cannot decode it, or its Content-Encoding cannot be undone. Where
    the scenario says what the vendor must not be told, that is then not proved; elsewhere it is a warning."""

    id = "opaque"
    promise = "every vendor request could be read"

    def faults(self, case: Case) -> Iterable[Check]:
        reasons: dict[tuple[str, str], list[str]] = {}
        for flow_id, reading in case.evidence.readings:
            if reading.opaque:
                reasons.setdefault((reading.vendor, reading.opaque), []).append(flow_id)
        for (vendor, reason), flows in reasons.items():
            times = f" ({len(flows)} requests)" if len(flows) > 1 else ""
            message = f"a request to {vendor} cannot be read: {reason}{times}"
            yield self.fault(message, severity=_severity(case), flow=flows[0])
        read = {flow_id for flow_id, _ in case.evidence.readings}
        for flow in case.evidence.flows:
            if flow.id not in read and case.to_vendor(flow) and (reason := flow.request.unreadable):
                message = f"{flow.request.method} {flow.request.url} cannot be read: {reason}"
                severity = "error" if case.scenario.expect.never_requests else _severity(case)
                yield self.fault(message, severity=severity, flow=flow.id)


class Unread(BuiltIn):
    """A request to a declared host that neither a lens nor `expect.requests` reads, in a scenario that judges vendor
    calls: it may have been one of them. Resources and preflights carry no call, and a request that failed told nothing:
    they do not count."""

    id = "unread"
    promise = "every request to the vendor is read by a lens or expected"

    def faults(self, case: Case) -> Iterable[Check]:
        expect = case.scenario.expect
        if expect.vendor is None and not case.judges_silence:
            return
        expected = [each for each in expect.requests if covers(each.only, case.target)]
        read = {flow_id for flow_id, _ in case.evidence.readings}
        unread: dict[tuple[str, str, str], list[Flow]] = {}
        for flow in case.evidence.flows:
            request = flow.request
            if flow.id in read or not case.declared(request.host) or not case.accepted(flow.id):
                continue
            if is_preflight(request) or is_resource(flow):
                continue
            if not any(matches(each, request) for each in expected):
                unread.setdefault((request.method, request.host, request.route), []).append(flow)
        for (method, host, route), flows in unread.items():
            times = f" ({len(flows)} times)" if len(flows) > 1 else ""
            message = f"{method} {host}{route}{times} is read by no lens: add a [[lens]], or list it in expect.requests"
            yield self.fault(message, severity=_severity(case), flow=flows[0].id)


def _severity(case: Case) -> Literal["error", "warning"]:
    return "error" if case.judges_silence else "warning"
