"""Flow: one captured exchange, tied to the device that made it. Answer: what capture is told to do with a request.
Note: what happened on the wire and left no flow."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from testbed.http import Request, Response


class Disposition(StrEnum):
    """Who answered a request, or why nobody did."""

    SEGMENT = "segment"  # the mock of Segment's CDN or tracking API
    APP = "app"  # the customer's own page or app
    STUB = "stub"  # a canned answer of a declared vendor host
    LIVE = "live"  # the real host, because --live named it
    UNDECLARED = "undeclared"  # a host that the plugin never declared: refused, and a finding
    DENIED = "denied"  # loopback, private, link-local or metadata address: refused, and a finding
    BROKEN = "broken"  # broken on purpose by a scenario or stub


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a request. `response` None with LIVE means: pass it on; with any other disposition: cut the
    connection. `delay_ms` is waited before answering. `reason` says why something was refused or broken."""

    disposition: Disposition
    response: Response | None = None
    delay_ms: int = 0
    reason: str = ""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange. `run` is the id of the (scenario, target) execution whose listener took it; `sequence`
    counts from 1 within the run in order of arrival; `connection` names the client connection; `started` is epoch
    seconds; `duration_ms` spans request start to response end. `response` is what the other side answered; `error` what
    kept the client from it: one that left early takes back nothing of what it said. `around`: it went round the proxy
    that the app was told of, and was captured because the app's jail leads nowhere else."""

    id: str
    run: str
    sequence: int
    connection: str
    started: float
    duration_ms: float
    request: Request
    response: Response | None
    disposition: Disposition
    reason: str = ""
    error: str = ""
    around: bool = False


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What left no flow, so that a run's flows are not all that there was. `tls-refused`: the client said that it does
    not trust the run's CA; `tls-abandoned`: it left in the handshake; `aborted`: in the middle of a request;
    `connected`: it shook hands and asked for nothing, as a preconnect does; `refused`: what the jail let nowhere, as
    UDP; `looked-up`: a name that was asked for in the jail, as apps do that go round the proxy."""

    kind: Literal["tls-refused", "tls-abandoned", "aborted", "connected", "refused", "looked-up"]
    host: str
    detail: str
