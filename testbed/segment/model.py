"""A Segment call, as it reached Segment's tracking API, and what the Spec says of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class SegmentCall(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a tracking API request. `properties` holds traits for identify and group. `message_id` identifies
    the call; `flow` and `index` say where it was read; `rejected` says why Segment took it and threw it away, "" where
    it did not; `raw` is the event as sent."""

    type: str
    message_id: str = ""
    flow: str = ""
    index: int = 0
    name: str | None = None
    user: str | None = None
    anonymous: str | None = None
    group: str | None = None
    previous: str | None = None
    properties: dict[str, Any] = {}
    context: dict[str, Any] = {}
    integrations: dict[str, Any] = {}
    timestamp: str | None = None
    rejected: str = ""
    raw: dict[str, Any] = {}


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A broken rule of the Spec or of the HTTP API. `rule` is its stable name (`track.properties.revenue.type`; all are
    in docs/spec-rules.md), `path` the offending field (`properties.revenue`), `flow` the request that shows it."""

    rule: str
    severity: Literal["error", "warning"]
    message: str
    path: str = ""
    message_id: str = ""
    flow: str = ""
