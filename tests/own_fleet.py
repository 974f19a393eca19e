"""A fleet of one's own, in a process of its own, as `testbed up` brings it up."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

TESTBED = (sys.executable, "-m", "testbed")


@contextmanager
def own_fleet(*options: str) -> Iterator[None]:
    """Up for the time of the context; `testbed` commands of this process find it and no other."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        os.environ["TESTBED_RUNTIME_DIR"] = os.environ["XDG_STATE_HOME"] = folder
        _testbed("up", *options)
        try:
            yield
        finally:
            _testbed("down")


def _testbed(*args: str) -> None:
    subprocess.run([*TESTBED, *args], check=True, stdout=subprocess.DEVNULL)
