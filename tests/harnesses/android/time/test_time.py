"""Virtual time in a real JVM, with the agent and the bridge alone: timers of every kind, and what else they promise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harnesses.android.time.rig import Rig, compiled, running

MINUTE_MS = 60_000
BEGUN_WITHIN_MS = 1_000
"""Real time, in which a thread gets to run."""
KINDS = (
    *("sleep", "sleep-nanos", "unit-sleep", "wait", "join", "park-nanos", "park-until", "condition", "latch"),
    *("semaphore", "queue", "synchronous-queue", "transfer-queue", "delay-queue", "exchanger", "phaser", "future"),
    *("completable", "executor", "fixed-rate", "timer", "timer-date", "delayed-executor", "or-timeout"),
)


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="module")
def rig(classes: Path) -> Iterator[Rig]:
    with running(classes) as rig:
        yield rig


def test_timers_of_every_kind_fire_when_they_are_due_and_never_before(rig: Rig) -> None:
    for kind in KINDS:
        assert rig.ask("all", "app.Timers", kind) == ""
    rig.ask("all", "advance", "40000")
    assert rig.fired == []
    rig.ask("all", "advance", "21000")
    assert sorted(each.kind for each in rig.fired) == sorted(KINDS)
    assert [each for each in rig.fired if not MINUTE_MS <= each.ms < MINUTE_MS + BEGUN_WITHIN_MS] == []


def test_without_the_agent_time_is_real(classes: Path) -> None:
    with running(classes, agent=False) as rig:
        for kind in KINDS:
            assert rig.ask("all", "app.Timers", kind) == ""
        rig.ask("all", "advance", "61000")
        assert rig.fired == []
        assert all(kind in rig.ask("all", "pending") for kind in ("sleep", "wait", "park-nanos", "queue"))


def test_a_clock_that_is_watched_moves(rig: Rig) -> None:
    rig.ask("watched", "app.Timers", "clock")
    rig.ask("watched", "advance", "59000")
    assert rig.fired == []
    rig.ask("watched", "advance", "5000")
    assert [each.ms // 1000 for each in rig.fired] == [63]


def test_timers_that_others_begin_come_in_their_order_with_their_own_time(rig: Rig) -> None:
    rig.ask("chain", "app.Chain")
    took_ms = int(rig.ask("chain", "advance", "61000"))
    assert [(each.kind, each.ms // 1000) for each in rig.fired] == [(f"link-{n}", n * 6) for n in range(1, 11)]
    assert took_ms < MINUTE_MS


def test_what_repeats_does_as_often_as_it_is_due(rig: Rig) -> None:
    rig.ask("rate", "app.Timers", "fixed-rate")
    rig.ask("rate", "advance", "301000")
    assert [each.ms // 1000 for each in rig.fired] == [60, 120, 180, 240, 300]


def test_what_the_jdk_shares_is_of_each_domain(rig: Rig) -> None:
    for domain in ("first", "second"):
        rig.ask(domain, "app.Timers", "delayed-executor")
        rig.ask(domain, "app.Timers", "or-timeout")
        rig.ask(domain, "advance", "61000")
        assert sorted(each.kind for each in rig.fired) == ["delayed-executor", "or-timeout"]
        rig.ask(domain, "reset")


def test_domains_have_a_time_each(rig: Rig) -> None:
    rig.ask("one", "app.Timers", "sleep")
    rig.ask("other", "app.Timers", "sleep")
    rig.ask("one", "advance", "61000")
    assert [each.domain for each in rig.fired] == ["one"]
    next_ms = int(rig.ask("other", "pending").split()[0])
    assert 30_000 < next_ms <= MINUTE_MS


def test_who_sleeps_can_be_interrupted(rig: Rig) -> None:
    rig.ask("woken", "app.Interrupted")
    assert [each.kind for each in rig.fired] == ["interrupted"]
    assert rig.fired[0].ms < MINUTE_MS


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("exit", "exit System.exit 3"),
        ("runtime-exit", "exit Runtime.exit 4"),
        ("halt", "exit Runtime.halt 5"),
    ],
)
def test_an_app_that_ends_the_process_ends_itself_alone(rig: Rig, how: str, told: str) -> None:
    rig.ask("ends", "app.Ends", how)
    assert rig.said == [told]


def test_who_waits_for_an_answer_that_never_comes_holds_nobody_up_for_long(rig: Rig) -> None:
    rig.ask("stuck", "app.Stuck")
    rig.ask("stuck", "app.Timers", "sleep")
    rig.ask("stuck", "advance", "61000")
    assert [each.kind for each in rig.fired] == ["sleep"]
    pending = rig.ask("stuck", "pending")
    assert "[long poll: " in pending
    assert "did not come to an end while the clock stood" in pending


def test_what_waits_in_real_time_is_named(rig: Rig) -> None:
    rig.ask("host", "real:rig.Real")
    assert "a timer of real timer, it waits in real time" in rig.ask("host", "pending")


def test_time_is_real_again_after_a_reset(rig: Rig) -> None:
    rig.ask("again", "advance", "3600000")
    rig.ask("again", "reset")
    rig.ask("again", "app.Now")
    assert abs(rig.fired[0].ms) < MINUTE_MS
