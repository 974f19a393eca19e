"""One thing that a machine has or lacks."""

from __future__ import annotations

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, what is needed, and how to get it. Only a missing `required` one stops a web run."""

    what: str
    ok: bool
    found: str
    needed: str
    fix: str
    required: bool = True
