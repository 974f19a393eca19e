"""Where fetched files lie: one folder a machine, shared by all projects, laid out as a Maven repository."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from testbed.artifacts.coordinates import Coordinates
from testbed.artifacts.pins import Pin
from testbed.errors import EnvironmentFault


def cache_root() -> Path:
    """testbed's folder in the user's cache folder."""
    if given := os.environ.get("XDG_CACHE_HOME"):
        root = Path(given)
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = Path.home() / ".cache"
    return root / "testbed"


def path_of(coordinates: Coordinates) -> Path:
    """Where the artifact lies, or would lie. A file that is there is whole: it got its name after it was checked."""
    return cache_root() / "maven" / coordinates.path


def cached(pins: Iterable[Pin], *, fix: str) -> list[Path]:
    """The paths of artifacts that were fetched. Raises EnvironmentFault for what is not there, or of another size."""
    wanted = list(pins)
    if missing := [pin for pin in wanted if not is_there(pin)]:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise EnvironmentFault(f"{missing[0].coordinates}{more} not on this machine", fix=fix)
    return [path_of(pin.coordinates) for pin in wanted]


def is_there(pin: Pin) -> bool:
    try:
        return path_of(pin.coordinates).stat().st_size == pin.size
    except OSError:
        return False
