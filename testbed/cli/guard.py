"""The one place where an error becomes the sentence on stderr and the exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec

import typer

from testbed.errors import ExitCode, TestbedError

P = ParamSpec("P")


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """A verb whose errors end the process as the table in errors.py says."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except TestbedError as error:
            complain(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            _say("interrupted")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            # Whoever read our output has left: nothing more to say, and nobody to say it to.
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception:  # noqa: BLE001 -- a bug of ours: say so, with all that a report needs
            from testbed.report.text import plain

            _say(plain(traceback.format_exc()))
            _say("testbed: this is a fault of testbed's own; please report it with the lines above")
            raise typer.Exit(ExitCode.INTERNAL) from None
        finally:
            _drop_what_nobody_can_read()

    return run


def complain(error: TestbedError) -> None:
    """Say an error on stderr: where, what, and the fix."""
    from testbed.report.text import complaint

    where = f"{error.place}: " if error.place else ""
    _say(complaint(f"{where}{error.message}", error.fix))


def _say(text: str) -> None:
    with suppress(OSError):  # the terminal was closed
        print(text, file=sys.stderr)  # noqa: T201


def _drop_what_nobody_can_read() -> None:
    """Otherwise the interpreter would try once more at its end, and make the exit code its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
