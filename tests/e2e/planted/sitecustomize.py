"""Stops a process of testbed's at a point of its life: PLANTED="before module:name" or "after module:name".

Python imports this at its start where it is on PYTHONPATH. At the point, the process stops (SIGSTOP), as if the machine
had; with "hang" in place of "before" it tells so on stderr, and goes no further.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import signal
import sys
from typing import Any

WHEN, _, POINT = os.environ.get("PLANTED", "").partition(" ")
MODULE, _, NAME = POINT.partition(":")


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def hang() -> None:
    os.write(2, b"hangs\n")
    while True:
        signal.pause()


def plant(module: object) -> None:
    *path, name = NAME.split(".")
    owner = functools.reduce(getattr, path, module)
    function = getattr(owner, name)

    @functools.wraps(function)
    def planted(*args, **kwargs):
        if WHEN != "after":
            {"before": stop, "hang": hang}[WHEN]()
        result = function(*args, **kwargs)
        if WHEN == "after":
            stop()
        return result

    setattr(owner, name, planted)


class Finder:
    """Has the module's own loader load it, and plants the stop then."""

    @staticmethod
    def find_spec(name, path, target=None):
        if name != MODULE:
            return None
        sys.meta_path.remove(Finder)
        spec: Any = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module) -> None:
            load(module)
            plant(module)

        spec.loader.exec_module = exec_module
        return spec


if MODULE:
    sys.meta_path.insert(0, Finder)
