"""The words of a scenario file that are no steps: kinds of expected calls, ids of built-in checks, common slips.

The kinds and the ids belong to later parts of the line (lenses, verdict), which must not be imported from here; their
tests hold both lists equal.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

SEGMENT_KINDS = ("identify", "track", "page", "screen", "group", "alias")
VENDOR_KINDS = (*SEGMENT_KINDS, "session", "automatic")

BUILT_IN_CHECKS = (
    "undeclared-host",
    "tls",
    "bundle-global",
    "plugin-loads",
    "plugin-ready",
    "plugin-throws",
    "main-thread",
    "vendor-script",
    "duplicate-delivery",
    "double-delivery",
    "integrations-gate",
    "segment-altered",
    "spec",
    "suppressed",
    "unseen",
    "around-proxy",
    "opaque",
    "unread",
)

# What people write who have Segment's own field names, or the vendor's side, in mind.
_SLIPS: Mapping[str, tuple[str, ...]] = {
    "event": ("name",),
    "name": ("event",),
    "user": ("userId",),
    "userid": ("user", "userId"),
    "user_id": ("user", "userId"),
    "group": ("groupId",),
    "groupid": ("group", "groupId"),
    "group_id": ("group", "groupId"),
    "previousid": ("previous", "previousId"),
    "previous_id": ("previous", "previousId"),
    "anonymousid": ("anonymous",),
    "traits": ("properties",),
    "properties": ("traits",),
    "props": ("properties",),
    "integrations": ("options",),
    "context": ("options",),
    "timeout": ("timeout_s", "within_s"),
    "within": ("within_s",),
    "delay": ("delay_ms",),
    "expected": ("expect",),
    "expectations": ("expect",),
    "load": ("open",),
    "goto": ("open",),
    "navigate": ("open",),
    "reload": ("restart",),
    "sleep": ("advance", "wait"),
    "by": ("by_s",),
    "seconds": ("by_s",),
    "eval": ("evaluate",),
}


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant, or None."""
    valid = list(words)
    for candidate in (word, word.lower()):
        for meant in (candidate, *_SLIPS.get(candidate, ())):
            if meant in valid:
                return meant
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """`; did you mean 'track'?`, or nothing."""
    meant = nearest(word, words)
    return f"; did you mean {meant!r}?" if meant else ""
