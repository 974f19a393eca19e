"""The seam of a vendor lens: what a captured request means, in Segment's own vocabulary."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

import msgspec

from testbed.http import Request, Response


class Kind(StrEnum):
    """What a vendor call means. The first six are Segment's call types and are judged exhaustively; the rest is
    what vendor SDKs send of their own accord."""

    IDENTIFY = "identify"
    TRACK = "track"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"
    SESSION = "session"
    AUTOMATIC = "automatic"  # autocapture, attribution and the like


JUDGED = frozenset({Kind.IDENTIFY, Kind.TRACK, Kind.PAGE, Kind.SCREEN, Kind.GROUP, Kind.ALIAS})


class VendorCall(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a vendor was told. `properties` are the caller's own (traits, for identify and group), with the
    vendor SDK's additions moved to `noise`. `time` is epoch seconds by the device's clock. `dedupe` is the
    vendor's own insert id, the same for a retried copy. `flow` and `index` say where it was read."""

    vendor: str
    kind: Kind
    flow: str = ""
    index: int = 0
    name: str | None = None
    user: str | None = None
    anonymous: str | None = None
    group: str | None = None
    previous: str | None = None
    properties: dict[str, Any] = {}
    noise: dict[str, Any] = {}
    time: float | None = None
    dedupe: str | None = None
    raw: Any = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a lens makes of one request: calls; or `ignored` (configuration, metrics: carries no call); or
    `opaque` (it cannot be decoded, and why), which is reported and never counted as absence."""

    vendor: str
    calls: tuple[VendorCall, ...] = ()
    ignored: str = ""
    opaque: str = ""


class Lens(Protocol):
    """One vendor. Stateless; what needs the order of several requests (an identify that shows only as a changed
    user id) is derived in `relate`."""

    vendor: str

    def claims(self, request: Request) -> bool:
        """Is this request the vendor's?"""
        ...

    def read(self, request: Request) -> Reading:
        """What it means. Must not raise on any bytes: an undecodable body is `opaque`."""
        ...

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        """All calls of one run in order of their `time`, with those added that only the sequence shows."""
        ...

    def stub(self, request: Request) -> Response | None:
        """The answer that keeps this vendor's SDK content; None where the lens has none."""
        ...
