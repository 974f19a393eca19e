"""Which targets something is meant for: `only:` and `targets:` are globs on target ids and platforms."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from testbed.plugin.model import Target


def covers(globs: Iterable[str], target: Target) -> bool:
    """Whether `globs` name the target, by id or by platform; no globs name every target."""
    wanted = list(globs)
    return not wanted or any(fnmatchcase(name, glob) for glob in wanted for name in (target.id, target.platform))
