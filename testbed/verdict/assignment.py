"""Which seen item meets which expectation, so that as many as possible are met."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence


def assign(matches: Sequence[Sequence[int]], demand: Sequence[int]) -> dict[int, int]:
    """Item -> expectation, where item `i` may go to any of `matches[i]` and expectation `e` takes at most `demand[e]`.

    As many items as possible are placed (a first-come choice would starve a strict expectation behind a loose one).
    Items that may go to the same expectations are interchangeable, so the flow is between those few classes and the
    expectations, and ten thousand equal items cost no more than one; among equals, earlier items go first."""
    classes: dict[tuple[int, ...], list[int]] = {}
    for item, wanted in enumerate(matches):
        if wanted:
            classes.setdefault(tuple(wanted), []).append(item)
    kinds = list(classes)
    flow = _maximum_flow(kinds, [len(classes[kind]) for kind in kinds], demand)
    assigned: dict[int, int] = {}
    for row, kind in enumerate(kinds):
        items = iter(classes[kind])
        for expectation in kind:
            for _ in range(flow[row].get(expectation, 0)):
                assigned[next(items)] = expectation
    return assigned


def _maximum_flow(
    kinds: Sequence[tuple[int, ...]], supply: Sequence[int], demand: Sequence[int]
) -> list[dict[int, int]]:
    """How many of each class go to each expectation: shortest augmenting paths until there is none."""
    left, room = list(supply), list(demand)
    flow: list[dict[int, int]] = [{} for _ in kinds]
    while path := _augmenting_path(kinds, left, room, flow):
        start, end = path[0][0], path[-1][1]
        taken_back = [flow[path[step + 1][0]][path[step][1]] for step in range(len(path) - 1)]
        amount = min(left[start], room[end], *taken_back)
        for step, (row, expectation) in enumerate(path):
            flow[row][expectation] = flow[row].get(expectation, 0) + amount
            if step + 1 < len(path):
                flow[path[step + 1][0]][expectation] -= amount
        left[start] -= amount
        room[end] -= amount
    return flow


def _augmenting_path(
    kinds: Sequence[tuple[int, ...]], left: Sequence[int], room: Sequence[int], flow: Sequence[dict[int, int]]
) -> list[tuple[int, int]]:
    """(class, expectation) pairs: each expectation but the last is full, and gives up an item of the next class."""
    came: dict[int, tuple[int, int] | None] = {}  # class -> (class before it, the expectation between them)
    queue = deque(row for row in range(len(kinds)) if left[row])
    came.update(dict.fromkeys(queue))
    seen: set[int] = set()
    while queue:
        row = queue.popleft()
        for expectation in kinds[row]:
            if expectation in seen:
                continue
            seen.add(expectation)
            if room[expectation]:
                return _unwound(row, expectation, came)
            for other in range(len(kinds)):
                if other not in came and flow[other].get(expectation, 0):
                    came[other] = (row, expectation)
                    queue.append(other)
    return []


def _unwound(row: int, expectation: int, came: dict[int, tuple[int, int] | None]) -> list[tuple[int, int]]:
    path = [(row, expectation)]
    while before := came[path[0][0]]:
        path.insert(0, before)
    return path
