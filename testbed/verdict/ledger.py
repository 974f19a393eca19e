"""The ledger of one run: what it tried and was let nowhere, what was not captured or could not be observed, and why.

A verdict rests on what was seen; the ledger says how far that goes. It judges nothing: what is wrong about an entry is
told by a check (`undeclared-host`, `unseen`, `opaque`, `around-proxy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from testbed.capture.egress import deny_reason
from testbed.capture.flow import Disposition, Flow
from testbed.http import header
from testbed.verdict.model import Entry, EntryKind, Evidence

Source = Callable[[Evidence], Iterable[Entry]]


def ledger(evidence: Evidence) -> tuple[Entry, ...]:
    """Every entry once: in the order of SOURCES, and by its subject within each, since packets come in no order."""
    found = (entry for source in SOURCES for entry in sorted(source(evidence), key=lambda entry: entry.subject))
    return tuple(dict.fromkeys(found))


def no_jail(evidence: Evidence) -> Iterator[Entry]:
    """Without a jail, what does not heed the proxy leaves no trace."""
    if evidence.unjailed:
        yield _entry("unseen", "UDP, and connections that go round the proxy", f"no jail: {evidence.unjailed}")


def refused_requests(evidence: Evidence) -> Iterator[Entry]:
    """Requests to addresses that no plugin may reach, and what is no HTTP, which nobody answers."""
    for flow in evidence.flows:
        if flow.disposition is Disposition.DENIED or flow.request.method == "CONNECT":
            yield _entry("refused", _where(flow), flow.reason)
        elif _is_websocket(flow):
            yield _entry("refused", _where(flow), flow.reason or "a WebSocket, whose messages cannot be judged")


def refused_packets(evidence: Evidence) -> Iterator[Entry]:
    """What is no TCP: the jail lets it nowhere."""
    for note in evidence.notes:
        if note.kind == "refused":
            yield _entry("refused", note.detail, deny_reason(note.host, 1) or "it leads nowhere from the jail")


def blocked_by_the_browser(evidence: Evidence) -> Iterator[Entry]:
    """Loads that never became a request: mixed content, a policy of the page's, WebTransport."""
    met = {flow.request.host for flow in evidence.flows} | {note.host for note in evidence.notes}
    for line in evidence.logs:
        if line.source == "network" and line.level == "error":
            parts = urlsplit(line.url)
            if parts.hostname and parts.hostname not in met:
                why = line.text.partition(" failed to load: ")[2].strip(" ()")
                yield _entry("refused", f"{parts.scheme}://{parts.netloc}", f"not let out by the browser: {why}")


def around_the_proxy(evidence: Evidence) -> Iterator[Entry]:
    for flow in evidence.flows:
        if flow.around:
            yield _entry("around", _where(flow), "it ignores the proxy settings; captured by the jail")


def names_looked_up(evidence: Evidence) -> Iterator[Entry]:
    """Names that were asked for and then not talked to: a name can carry data too."""
    met = {flow.request.host for flow in evidence.flows}
    met |= {note.host for note in evidence.notes if note.kind != "looked-up"}
    for note in evidence.notes:
        if note.kind == "looked-up" and note.host not in met:
            yield _entry("refused", note.detail, "looked up, and not talked to; no name server was asked")


def unread_traffic(evidence: Evidence) -> Iterator[Entry]:
    """What capture or a lens could not read."""
    heard = {flow.request.host for flow in evidence.flows}
    flows = {flow.id: flow for flow in evidence.flows}
    for note in evidence.notes:
        if note.kind == "tls-refused":
            yield _entry("unseen", note.detail, "the client does not trust the run's CA")
        elif note.kind == "tls-abandoned" and note.host not in heard:
            yield _entry("unseen", note.detail, "the client left in the TLS handshake")
        elif note.kind == "aborted":
            yield _entry("unseen", note.detail, "the client gave the request up")
    for flow_id, reading in evidence.readings:
        if reading.opaque and flow_id in flows:
            yield _entry("unseen", _where(flows[flow_id]), reading.opaque)


def http3(evidence: Evidence) -> Iterator[Entry]:
    """RFC 7838 (Alt-Svc), RFC 9114, 3.1.1: a host that offers HTTP/3 says so in a header."""
    for flow in evidence.flows:
        offered = header(flow.response.headers, "alt-svc") if flow.response is not None else None
        if offered is not None and "h3" in offered:
            used = "HTTP/3" in flow.request.http_version
            yield _entry("unused", flow.request.host, "HTTP/3 was used" if used else "HTTP/3 is advertised, never used")


def time(evidence: Evidence) -> Iterator[Entry]:
    if evidence.settled_by == "real-time":
        yield _entry(
            "unobserved", "late timers", "the device's clock could not be run ahead: real quiet was waited for"
        )


def blind_spots(evidence: Evidence) -> Iterator[Entry]:
    """What the device says of itself that it could not look at."""
    for each in evidence.unobserved:
        yield _entry("unobserved", each.subject, each.reason)


SOURCES: tuple[Source, ...] = (
    no_jail,
    refused_requests,
    refused_packets,
    blocked_by_the_browser,
    names_looked_up,
    around_the_proxy,
    unread_traffic,
    http3,
    time,
    blind_spots,
)


def _entry(kind: EntryKind, subject: str, reason: str) -> Entry:
    return Entry(kind=kind, subject=subject, reason=reason)


def _where(flow: Flow) -> str:
    """Scheme, host and port: what was asked for there is no part of an entry, and may be a secret."""
    request = flow.request
    scheme = {"http": "ws", "https": "wss"}[request.scheme] if _is_websocket(flow) else request.scheme
    return f"{scheme}://{request.host}:{request.port}"


def _is_websocket(flow: Flow) -> bool:
    return (header(flow.request.headers, "upgrade") or "").lower() == "websocket"
