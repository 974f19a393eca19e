"""The error tree, grouped by what the caller can do about it, and the exit code each branch ends in.

TestbedError
├── UsageError          2  change the command line, the environment or the configuration file
├── InternalError       3  a fault of testbed's own; report it
│   └── CaptureFault    3  capture broke: the evidence is incomplete, so there is no verdict
├── NothingRan          5  widen the filter, or give the plugin a scenario
├── EnvironmentFault    6  install or start what the message names, then try again
│   └── DeviceFault     6  a device died, hung or could not be reached
└── PluginRefused       7  fix the plugin: invalid manifest, invalid scenario, unsafe archive
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import msgspec


class ExitCode(IntEnum):
    """What `testbed` exits with. Stable and part of the public interface."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    INTERNAL = 3
    NOTHING_RAN = 5
    ENVIRONMENT = 6
    REFUSED = 7
    INTERRUPTED = 130


PRECEDENCE = (ExitCode.INTERNAL, ExitCode.FAILED, ExitCode.ENVIRONMENT, ExitCode.NOTHING_RAN, ExitCode.PASSED)
"""What a run ends in when its verdicts disagree: the first that occurred."""


class Place(msgspec.Struct, frozen=True):
    """Where in a file something was said. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


class TestbedError(Exception):
    """The root. `message` says what is wrong, `place` where, `fix` what to do about it."""

    __test__ = False  # not a test class, whatever pytest makes of the name
    exit_code: ExitCode = ExitCode.INTERNAL

    def __init__(self, message: str, *, place: Place | None = None, fix: str | None = None) -> None:
        self.message = message
        self.place = place
        self.fix = fix
        super().__init__(message)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        fix = f"\n  fix: {self.fix}" if self.fix else ""
        return f"{where}{self.message}{fix}"


class UsageError(TestbedError):
    """The command line, the environment or the configuration file asks for something impossible."""

    exit_code = ExitCode.USAGE


class InternalError(TestbedError):
    """A fault of testbed's own."""

    exit_code = ExitCode.INTERNAL


class CaptureFault(InternalError):
    """Capture raised or lost something: no verdict can rest on what it holds."""


class NothingRan(TestbedError):
    """No scenario met a target: a run that proves nothing must not look like a pass."""

    exit_code = ExitCode.NOTHING_RAN


class EnvironmentFault(TestbedError):
    """Something the run needs is not on this machine, or stopped working."""

    exit_code = ExitCode.ENVIRONMENT


class DeviceFault(EnvironmentFault):
    """A device died, hung or could not be reached."""


class PluginRefused(TestbedError):
    """The plugin is invalid or unsafe; nothing of it was run. `further` are the other reasons, where the reader could
    go on after the first."""

    exit_code = ExitCode.REFUSED
    further: tuple[PluginRefused, ...] = ()

    @property
    def all(self) -> tuple[PluginRefused, ...]:
        return (self, *self.further)

    @staticmethod
    def of(reasons: Sequence[PluginRefused]) -> PluginRefused:
        """The first of some reasons, with the others in `further`."""
        reasons[0].further = tuple(reasons[1:])
        return reasons[0]
