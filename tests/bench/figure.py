"""A figure: what was measured on both sides, as ratios with their spread, beside its budget."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from statistics import median, quantiles
from typing import Literal

import msgspec

Measure = Callable[[], Awaitable[float]]
"""Does the thing once; gives what it took, in the figure's unit."""


class Budget(msgspec.Struct, frozen=True):
    """What the p50 may be at most: of our side in the figure's unit, or of the ratio."""

    of: Literal["ours", "ratio"]
    limit: float


class Spread(msgspec.Struct, frozen=True):
    p5: float
    p50: float
    p95: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """Of few samples p5 and p95 are the least and the greatest."""
        ordered = sorted(samples)
        if len(ordered) < 20:
            return cls(ordered[0], median(ordered), ordered[-1])
        cuts = quantiles(ordered, n=20, method="inclusive")
        return cls(cuts[0], median(ordered), cuts[-1])


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`ours` and `theirs` were measured in pairs, in turn; `against` says what theirs is."""

    what: str
    against: str
    unit: str
    ours: list[float]
    theirs: list[float]
    budget: Budget | None = None
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        return [one / other for one, other in zip(self.ours, self.theirs, strict=True)]

    @property
    def met(self) -> bool | None:
        """None where there is no budget."""
        if self.budget is None:
            return None
        return Spread.of(self.ours if self.budget.of == "ours" else self.ratios).p50 <= self.budget.limit


async def paired(ours: Measure, theirs: Measure, times: int, order: random.Random) -> tuple[list[float], list[float]]:
    """Both `times` times, each pair side by side and in an order by chance, so that what else the machine does meets
    either alike. One of each first, which is not counted."""
    sides: tuple[list[float], list[float]] = ([], [])
    for number in range(times + 1):
        for side in order.sample((0, 1), 2):
            took = await (ours, theirs)[side]()
            if number:
                sides[side].append(took)
    return sides
