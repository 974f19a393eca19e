"""Running an app's timers out, on an app that has some and on none that has a clock to move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from testbed.devices.android import quiet
from testbed.devices.android.channel import Reply
from testbed.devices.android.quiet import run_out
from testbed.devices.android.run import Died
from testbed.devices.api import Unobserved


class Wire:
    """devices.api.Traffic of a scripted app."""

    def __init__(self) -> None:
        self.count = 0
        self.in_flight = 0
        self.waited: list[tuple[float, float]] = []

    async def quiet(self, *, still_ms: float, within_s: float) -> bool:
        self.waited.append((still_ms, within_s))
        self.in_flight = 0
        return True


class Timers:
    """An app whose timers are a schedule: at what second of virtual time each is due, and whether it sends something.
    An iterator is asked for the next once one has fired."""

    virtual = True

    def __init__(self, wire: Wire, *schedule: Iterator[tuple[float, bool]]) -> None:
        self.awaited = 0
        self.now = 0.0
        self.at: list[float] = []
        """When something was sent."""
        self.busy: list[str] = []
        self.unobserved: tuple[Unobserved, ...] = ()
        self._wire = wire
        self._schedule = schedule
        self._next = [next(each, None) for each in schedule]

    async def ask(self, do: str, **fields: Any) -> Reply:
        if do == "advance":
            self._advance(fields["by_s"])
        due = [each[0] for each in self._next if each is not None]
        busy = (self.busy.pop(),) if self.busy else ()
        next_ms = (min(due) - self.now) * 1000 if due else None
        return Reply(id=1, ok=True, next_ms=next_ms, virtual=True, busy=busy, unobserved=self.unobserved)

    def _advance(self, by_s: float) -> None:
        until = self.now + by_s
        while due := [each[0] for each in self._next if each is not None and each[0] <= until]:
            self.now = min(due)
            for number, each in enumerate(self._next):
                if each is not None and each[0] == self.now:
                    self._next[number] = next(self._schedule[number], None)
                    if each[1]:
                        self.at.append(self.now)
                        self._wire.count += 1
                        self._wire.in_flight += 1
        self.now = until


def once(at_s: float, *, sends: bool = True) -> Iterator[tuple[float, bool]]:
    yield at_s, sends


def every(period_s: float, *, times: int = 10**9, sends: bool = False) -> Iterator[tuple[float, bool]]:
    for number in range(1, times + 1):
        yield number * period_s, sends


@pytest.mark.parametrize(
    ("schedule", "sent_at"),
    [
        ([], []),
        ([lambda: once(30)], [30]),
        ([lambda: once(60)], [60]),
        # a tick that sends nothing goes on for ever, and hides nothing
        ([lambda: every(1), lambda: once(60)], [60]),
        ([lambda: every(30), lambda: once(65)], [65]),
        # what waits longer than a minute
        ([lambda: every(30), lambda: once(600)], [600]),
        # one minute's silence after the other, each with an end
        ([lambda: every(60, times=5, sends=True)], [60, 120, 180, 240, 300]),
        # nobody waits for a day
        ([lambda: once(86_400)], []),
    ],
)
async def test_all_that_waits_comes(schedule: list[Callable[[], Iterator[tuple[float, bool]]]], sent_at: list[float]):
    wire = Wire()
    app = Timers(wire, *(make() for make in schedule))
    settled = await run_out(app, wire)
    assert app.at == sent_at
    assert (settled.by, settled.virtual_s, settled.unobserved) == ("virtual-time", app.now, ())
    assert wire.in_flight == 0


async def test_an_app_without_timers_needs_no_time():
    wire = Wire()
    app = Timers(wire)
    assert (await run_out(app, wire)).virtual_s == 0


async def test_a_tick_a_second_is_no_thousand_steps():
    asked = 0

    class Counting(Timers):
        async def ask(self, do: str, **fields: Any) -> Reply:
            nonlocal asked
            asked += 1
            return await super().ask(do, **fields)

    wire = Wire()
    await run_out(Counting(wire, every(1)), wire)
    assert asked < 30


async def test_an_app_that_is_never_quiet_is_in_the_ledger():
    wire = Wire()
    settled = await run_out(Timers(wire, every(10, sends=True)), wire)
    assert [each.subject for each in settled.unobserved] == ["late requests"]


async def test_a_thread_at_work_is_waited_for():
    """It may send what it works on: silence is judged only after."""
    wire = Wire()
    app = Timers(wire)
    app.busy = ["worker: computing"] * 3
    assert (await run_out(app, wire)).unobserved == ()
    assert app.busy == []


async def test_a_thread_that_never_rests_is_in_the_ledger(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quiet, "AT_WORK_WITHIN_S", 0.05)
    wire = Wire()
    app = Timers(wire)
    app.busy = ["worker: computing"] * 10_000
    assert [each.subject for each in (await run_out(app, wire)).unobserved] == ["worker: computing"]


async def test_what_the_clock_does_not_reach_is_in_the_ledger():
    wire = Wire()
    app = Timers(wire, once(30))
    app.unobserved = (Unobserved("socket timeouts", "they go by real time"),)
    assert (await run_out(app, wire)).unobserved == app.unobserved


class Phone:
    """An app on a device whose clock is its own."""

    virtual = False
    awaited = 0

    async def ask(self, do: str, **fields: Any) -> Reply:
        return Reply(id=1, ok=True)


async def test_where_there_is_no_clock_to_move_real_quiet_is_waited_for():
    wire = Wire()
    settled = await run_out(Phone(), wire)
    assert settled.by == "real-time"
    assert wire.waited == [(quiet.REAL_STILL_MS, quiet.REAL_WITHIN_S)]


async def test_an_app_that_is_gone_sends_no_more():
    class Gone(Timers):
        async def ask(self, do: str, **fields: Any) -> Reply:
            raise Died("it crashed")

    wire = Wire()
    settled = await run_out(Gone(wire), wire)
    assert settled.unobserved == (Unobserved("what the app would have done later", "it was gone"),)


async def test_a_request_that_is_never_answered_is_waited_for_once():
    class Deaf(Wire):
        async def quiet(self, *, still_ms: float, within_s: float) -> bool:
            self.waited.append((still_ms, within_s))
            return False

    wire = Deaf()
    settled = await run_out(Timers(wire, once(30), every(30)), wire)
    assert len(wire.waited) == 1
    assert [each.subject for each in settled.unobserved] == ["a request without an answer"]
