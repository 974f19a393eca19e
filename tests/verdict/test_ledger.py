"""What each line of the ledger comes from, and what makes none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from testbed.capture.flow import Disposition, Note
from testbed.devices.api import LogLine, Unobserved
from testbed.http import Request, Response
from testbed.lenses.api import Reading
from testbed.verdict.conclusion import conclude
from testbed.verdict.ledger import ledger
from testbed.verdict.model import Entry, EntryKind, Evidence
from tests.verdict.conftest import Bench

Case = tuple[Callable[[Bench], Evidence], EntryKind, str, str]

OFFER = Response(headers=(("alt-svc", 'h3=":443"; ma=86400'),))
UPGRADE = (("Upgrade", "websocket"), ("Connection", "Upgrade"))


def failed_load(url: str, why: str) -> LogLine:
    return LogLine(source="network", level="error", text=f"Fetch failed to load: {why}", url=url)


def raw(evidence: Evidence) -> Evidence:
    """Its first flow as one that was no HTTP."""
    [flow, *rest] = evidence.flows
    request = Request(method="CONNECT", scheme="tcp", host=flow.request.host, port=5222, path="")
    return msgspec.structs.replace(evidence, flows=(msgspec.structs.replace(flow, request=request), *rest))


def denied(bench: Bench, url: str, reason: str = "this machine", **fields: Any) -> Evidence:
    return bench.evidence(flows=[bench.flow("f1", url, disposition=Disposition.DENIED, reason=reason, **fields)])


ENTRIES: dict[str, Case] = {
    "no jail": (
        lambda b: msgspec.structs.replace(b.evidence(), unjailed="bwrap not found"),
        "unseen", "UDP, and connections that go round the proxy", "no jail: bwrap not found",
    ),
    "what the device could not look at": (
        lambda b: msgspec.structs.replace(b.evidence(), unobserved=(Unobserved("a worker's timers", "too busy"),)),
        "unobserved", "a worker's timers", "too busy",
    ),
    "loopback": (
        lambda b: denied(b, "http://127.0.0.1:8080/admin?key=s3cret"),
        "refused", "http://127.0.0.1:8080", "this machine",
    ),
    "a WebSocket to loopback": (
        lambda b: denied(b, "http://127.0.0.1:8080/", headers=UPGRADE),
        "refused", "ws://127.0.0.1:8080", "this machine",
    ),
    "a WebSocket to a declared host": (
        lambda b: b.evidence(flows=[b.flow("f1", headers=UPGRADE)]),
        "refused", "wss://api.acme.example:443", "a WebSocket, whose messages cannot be judged",
    ),
    "what is no HTTP": (
        lambda b: raw(b.evidence(flows=[b.flow("f1", disposition=Disposition.UNDECLARED, reason="raw TCP")])),
        "refused", "tcp://api.acme.example:5222", "raw TCP",
    ),
    "a datagram": (
        lambda b: b.evidence(notes=[Note(kind="refused", host="8.8.8.8", detail="UDP 8.8.8.8:3478")]),
        "refused", "UDP 8.8.8.8:3478", "it leads nowhere from the jail",
    ),
    "a datagram to the machine's own network": (
        lambda b: b.evidence(notes=[Note(kind="refused", host="10.0.0.1", detail="UDP 10.0.0.1:53")]),
        "refused", "UDP 10.0.0.1:53", "a private or reserved address",
    ),
    "a name that was only looked up": (
        lambda b: b.evidence(notes=[Note(kind="looked-up", host="x.evil.example", detail="DNS x.evil.example")]),
        "refused", "DNS x.evil.example", "looked up, and not talked to; no name server was asked",
    ),
    "mixed content": (
        lambda b: b.evidence(logs=[failed_load("http://169.254.169.254/latest/", " (mixed-content)")]),
        "refused", "http://169.254.169.254", "not let out by the browser: mixed-content",
    ),
    "past the proxy": (
        lambda b: b.evidence(flows=[b.flow("f1", around=True)]),
        "around", "https://api.acme.example:443", "it ignores the proxy settings; captured by the jail",
    ),
    "a client that does not trust us": (
        lambda b: b.evidence(notes=[Note(kind="tls-refused", host="a.example", detail="a.example:443: bad cert")]),
        "unseen", "a.example:443: bad cert", "the client does not trust the run's CA",
    ),
    "one that leaves in the handshake, and is not heard": (
        lambda b: b.evidence(notes=[Note(kind="tls-abandoned", host="a.example", detail="a.example:443")]),
        "unseen", "a.example:443", "the client left in the TLS handshake",
    ),
    "half a request": (
        lambda b: b.evidence(notes=[Note(kind="aborted", host="a.example", detail="POST https://a.example/")]),
        "unseen", "POST https://a.example/", "the client gave the request up",
    ),
    "what a lens cannot read": (
        lambda b: b.evidence(flows=[b.flow("f1")], readings=[("f1", Reading(vendor="Acme", opaque="encrypted"))]),
        "unseen", "https://api.acme.example:443", "encrypted",
    ),
    "HTTP/3, offered": (
        lambda b: b.evidence(flows=[b.flow("f1", answer=OFFER)]),
        "unused", "api.acme.example", "HTTP/3 is advertised, never used",
    ),
    "real time": (
        lambda b: msgspec.structs.replace(b.evidence(), settled_by="real-time"),
        "unobserved", "late timers", "the device's clock could not be run ahead: real quiet was waited for",
    ),
}  # fmt: skip

NOTHING: dict[str, Callable[[Bench], Evidence]] = {
    "what was captured": lambda b: b.evidence(flows=[b.flow("f1")]),
    "a name that was looked up and talked to": lambda b: b.evidence(
        flows=[b.flow("f1")], notes=[Note(kind="looked-up", host="api.acme.example", detail="DNS api.acme.example")]
    ),
    "a spare connection": lambda b: b.evidence(
        flows=[b.flow("f1")], notes=[Note(kind="tls-abandoned", host="api.acme.example", detail="api.acme.example:443")]
    ),
    "a load that failed on the wire": lambda b: b.evidence(
        flows=[b.flow("f1")], logs=[failed_load("https://api.acme.example/v1/track", "net::ERR_EMPTY_RESPONSE")]
    ),
    "an HTTP/2 alternative": lambda b: b.evidence(
        flows=[b.flow("f1", answer=Response(headers=(("alt-svc", 'h2="alt.example:443"'),)))]
    ),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_an_entry(bench: Bench, case: str):
    evidence, kind, subject, reason = ENTRIES[case]
    assert ledger(evidence(bench)) == (Entry(kind=kind, subject=subject, reason=reason),)


@pytest.mark.parametrize("case", NOTHING)
def test_no_entry(bench: Bench, case: str):
    assert ledger(NOTHING[case](bench)) == ()


def test_the_same_thing_twice_is_one_entry_and_the_order_is_no_matter_of_arrival(bench: Bench):
    notes = [Note(kind="refused", host=host, detail=f"UDP {host}:1") for host in ("8.8.8.8", "1.1.1.1", "8.8.8.8")]
    assert [entry.subject for entry in ledger(bench.evidence(notes=notes))] == ["UDP 1.1.1.1:1", "UDP 8.8.8.8:1"]


def test_the_verdict_carries_it(bench: Bench):
    evidence = denied(bench, "http://127.0.0.1/")
    assert conclude(evidence, (), device="web-1", duration_ms=1).ledger == ledger(evidence)
