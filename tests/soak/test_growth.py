"""What `make soak` takes for growth."""

from __future__ import annotations

import msgspec
import pytest

from tests.soak.__main__ import grown
from tests.vitals import Vitals

WARM = Vitals(processes=5, descriptors=100, threads=40, rss=200_000_000)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        # the same, less, and as much as is allowed
        ({}, []),
        ({"processes": 4, "descriptors": 80, "threads": 30, "rss": 100_000_000}, []),
        ({"descriptors": 102, "threads": 42, "rss": 220_000_000}, []),
        # one too many
        ({"processes": 6}, ["1 more processes, 0 allowed"]),
        ({"descriptors": 103}, ["3 more descriptors, 2 allowed"]),
        ({"threads": 43}, ["3 more threads, 2 allowed"]),
        ({"rss": 221_000_000}, ["RSS grew by 10%, 10% allowed"]),
    ],
)
def test_grown(more: dict[str, int], told: list[str]):
    assert list(grown(WARM, msgspec.structs.replace(WARM, **more))) == told
