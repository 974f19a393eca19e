"""The one place where an error becomes the sentence on stderr and the exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
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
            print("interrupted", file=sys.stderr)  # noqa: T201
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            # Whoever read our output has left: nothing more to say, and nobody to say it to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception:  # noqa: BLE001 -- a bug of ours: say so, with all that a report needs
            from testbed.report.text import plain

            print(plain(traceback.format_exc()), file=sys.stderr)  # noqa: T201
            print("testbed: this is a fault of testbed's own; please report it with the lines above", file=sys.stderr)  # noqa: T201
            raise typer.Exit(ExitCode.INTERNAL) from None

    return run


def complain(error: TestbedError) -> None:
    """Say an error on stderr: where, what, and the fix."""
    from testbed.report.text import complaint

    where = f"{error.place}: " if error.place else ""
    print(complaint(f"{where}{error.message}", error.fix), file=sys.stderr)  # noqa: T201
