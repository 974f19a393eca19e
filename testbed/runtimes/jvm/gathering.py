"""The jars of workers out of the machine's cache, side by side in one folder, as Robolectric looks for them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from testbed.artifacts import Coordinates, Pin, cache_root, cached
from testbed.runtimes.jvm.jars import FIX, Jars, read_list


def pins() -> Sequence[Pin]:
    """What is to be fetched for workers."""
    return [Pin(Coordinates.parse(jar.maven), jar.sha256, jar.size) for jar in read_list()]


def gathered() -> Jars:
    """All that workers run on. Raises EnvironmentFault for what was not fetched."""
    folder = cache_root() / "jvm"
    folder.mkdir(parents=True, exist_ok=True)
    for jar, fetched in zip(read_list(), cached(pins(), fix=FIX), strict=True):
        if not (folder / jar.file).is_file():
            _place(fetched, folder / jar.file)
    return Jars.at(folder)


def _place(fetched: Path, there: Path) -> None:
    """Whole or not at all, whoever else does the same."""
    with tempfile.TemporaryDirectory(dir=there.parent) as folder:
        fresh = Path(folder) / there.name
        try:
            os.link(fetched, fresh)
        except OSError:  # a file system without links
            shutil.copyfile(fetched, fresh)
        fresh.replace(there)
