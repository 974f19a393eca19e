"""The arithmetic of `make bench`; nothing is timed."""

from __future__ import annotations

import random

import msgspec
import pytest

from tests.bench.figure import Budget, Figure, Spread, paired
from tests.bench.machine import Machine
from tests.bench.table import as_json, printed

FIGURE = Figure(what="warm run", against="other", unit="ms", ours=[100.0, 150.0, 300.0], theirs=[200.0, 200.0, 300.0])
MACHINE = Machine(
    cores=2, cpu="a CPU", system="Linux 6", python="3.11.7", browser="chromium 1", seed=7, load=(0.5, 0.25, 0.125)
)


@pytest.mark.parametrize(
    ("samples", "spread"),
    [
        ([5.0], Spread(5, 5, 5)),
        # few: the least and the greatest
        ([3.0, 1.0, 2.0], Spread(1, 2, 3)),
        # 0 to 100: percentiles are what they say
        ([float(n) for n in range(101)], Spread(5, 50, 95)),
    ],
)
def test_spread(samples: list[float], spread: Spread):
    assert Spread.of(samples) == spread


def test_ratios_are_of_pairs():
    assert FIGURE.ratios == [0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    ("budget", "met"),
    [
        (None, None),
        (Budget("ours", 150), True),
        (Budget("ours", 149), False),
        (Budget("ratio", 0.75), True),
        (Budget("ratio", 0.74), False),
    ],
)
def test_a_budget_is_for_the_median(budget: Budget | None, met: bool | None):
    assert msgspec.structs.replace(FIGURE, budget=budget).met is met


async def test_pairs_are_in_an_order_by_chance_and_the_first_is_not_counted():
    done: list[str] = []

    async def one() -> float:
        done.append("a")
        return float(len(done))

    async def other() -> float:
        done.append("b")
        return float(len(done))

    ours, theirs = await paired(one, other, 20, random.Random(1))
    pairs = ["".join(done[n : n + 2]) for n in range(0, len(done), 2)]
    assert set(pairs) == {"ab", "ba"}
    assert (len(pairs), len(ours), len(theirs)) == (21, 20, 20)
    assert {*ours, *theirs} == set(range(3, 43))


@pytest.mark.parametrize(("limit", "said"), [(0.6, "MISSED"), (0.8, "met")])
def test_the_table_and_the_json_say_what_is_missed(capsys: pytest.CaptureFixture[str], limit: float, said: str):
    figures = [msgspec.structs.replace(FIGURE, budget=Budget("ratio", limit))]
    printed(MACHINE, figures)
    out = capsys.readouterr().out
    assert "0.75 (0.5 to 1)" in out
    assert said in out
    assert "2 cores, a CPU, Linux 6" in out
    (row,) = msgspec.json.decode(as_json(MACHINE, figures))["figures"]
    assert (row["met"], row["n"], row["ratio"]["p50"], row["ours"]) == (said == "met", 3, 0.75, FIGURE.ours)
