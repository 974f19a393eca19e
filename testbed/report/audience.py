"""Everyone who hears of a run: its reporters, told one after the other, and closed whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from typing import Protocol

from testbed import events
from testbed.errors import EnvironmentFault, ExitCode


class Member(Protocol):
    """What of a Reporter matters once it is there."""

    def handle(self, event: events.Event) -> None: ...

    def close(self) -> None: ...


class Audience:
    """A context manager. `exit_code` is what the run ended in; one without its last event ended in a fault of ours.

    A member that cannot write is told nothing more, so that the others still report; `on_loss` is then given the
    EnvironmentFault, and a run that would have passed ends in its exit code: somebody relies on that report."""

    def __init__(
        self,
        members: Iterable[Member],
        *,
        on_loss: Callable[[EnvironmentFault], None],
    ) -> None:
        self._members = list(members)
        self._on_loss = on_loss
        self._lost = False
        self._code: int = ExitCode.INTERNAL

    @property
    def exit_code(self) -> int:
        beaten = self._code in (ExitCode.PASSED, ExitCode.NOTHING_RAN)
        return ExitCode.ENVIRONMENT if self._lost and beaten else self._code

    def handle(self, event: events.Event) -> None:
        for member in tuple(self._members):
            try:
                member.handle(event)
            except BrokenPipeError:
                raise  # whoever read our output has left, which ends the run
            except OSError as error:
                self._members.remove(member)
                with suppress(OSError):
                    member.close()
                self._lose(error)
        if isinstance(event, events.RunEnded):
            self._code = event.exit_code

    def __enter__(self) -> Audience:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as closing:
            for member in reversed(self._members):
                closing.callback(self._close, member)

    def _close(self, member: Member) -> None:
        try:
            member.close()
        except BrokenPipeError:
            raise
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        self._lost = True
        self._on_loss(EnvironmentFault(f"a report cannot be written: {error}", fix="make room, and run again"))
