"""Strangers' text made fit to be shown: what a page sent or logged may hold anything."""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str, limit: int = 2000) -> str:
    """`text` without terminal escapes, control characters and direction overrides, and no longer than `limit`."""
    clean = _CONTROLS.sub("", _ESCAPES.sub("", text))
    return clean if len(clean) <= limit else f"{clean[: limit - 1]}…"
