"""Pinned artifacts into the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from testbed.artifacts.cache import is_there, path_of
from testbed.artifacts.pins import Pin
from testbed.artifacts.transfer import FIX, Absent, Expected, download
from testbed.errors import EnvironmentFault

AT_ONCE = 4
"""Most files are small, and their time is the way there and back."""

Progress = Callable[[Pin, int], None]
"""Called with what is being fetched and the bytes of it so far, from several threads."""


def missing(pins: Iterable[Pin]) -> list[Pin]:
    """Those that the cache does not have, each once."""
    return [pin for pin in dict.fromkeys(pins) if not is_there(pin)]


def fetch(pins: Iterable[Pin], *, repository: str, progress: Progress) -> None:
    """Have all of them in the cache; asks for what is missing alone. Raises EnvironmentFault for the first that cannot
    be had or is not what its pin says; the others may then be there or not, each whole."""
    stop = Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for _ in pool.map(lambda pin: _fetch(pin, repository, progress, stop), missing(pins)):
                pass
        finally:
            stop.set()  # by Ctrl-C or an error: the pool waits for its threads, which need not go on


def _fetch(pin: Pin, repository: str, progress: Progress, stop: Event) -> None:
    def told(done: int) -> None:
        if stop.is_set():
            raise EnvironmentFault("stopped")
        progress(pin, done)

    if stop.is_set():
        return
    file = path_of(pin.coordinates)
    if file.exists() and not is_there(pin):
        file.unlink()  # of another size: not what was checked
    url = f"{repository.rstrip('/')}/{pin.coordinates.path}"
    try:
        download(url, file, Expected(digest=pin.sha256, size=pin.size), what=str(pin.coordinates), told=told)
    except Absent as error:
        raise EnvironmentFault(f"{repository} has no {pin.coordinates}", fix=FIX) from error
