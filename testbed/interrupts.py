"""SIGINT, SIGTERM and SIGHUP: the first ends the process in good order, the second at once.

"At once" leaves nothing either: children die with their parent, and the reaper does the rest. A signal that was ignored
when the process started stays ignored (nohup(1), a shell's background job).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

CODE = 130
"""errors.ExitCode.INTERRUPTED, whichever signal it was."""


def heed(begin: Callable[[], None] | None = None) -> None:
    """Have the first signal call `begin`; without one it raises KeyboardInterrupt in the main thread."""
    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]

    def first(*_: object) -> None:
        for number in heeded:
            signal.signal(number, _at_once)
        if begin is None:
            raise KeyboardInterrupt
        begin()

    for number in heeded:
        signal.signal(number, first)


def before_the_end(last: Callable[[], object]) -> None:
    """Have the next signal, which ends us at once, do `last` before that: end what would go on without us."""

    def end(*_: object) -> None:
        last()
        _at_once()

    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def run(main: Coroutine[Any, Any, T]) -> T:
    """asyncio.run, where the first signal cancels `main`; KeyboardInterrupt is raised once all it owned is gone."""
    import asyncio  # here, since the thin command line does without

    interrupted = False

    async def cancellable() -> T:
        nonlocal interrupted
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None

        def begin() -> None:
            nonlocal interrupted
            interrupted = True
            loop.call_soon_threadsafe(task.cancel)

        heed(begin)
        return await main

    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return asyncio.run(cancellable())
    except BaseException:
        if interrupted:  # whatever else came of cancelling it
            raise KeyboardInterrupt from None
        raise
    finally:
        if not interrupted:
            for number, handler in before.items():
                signal.signal(number, handler)


def _at_once(*_: object) -> None:
    os._exit(CODE)
