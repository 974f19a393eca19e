"""Times and numbers, as vendors write them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testbed.lenses.times import epoch_seconds
from testbed.lenses.values import hundredth, mapping, number, text
from testbed.plugin.lens import TimeUnit

MOMENT = 1767323045.678
ISO = "2026-01-02T03:04:05.678Z"


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        # numbers, by their size: seconds (Mixpanel web), milliseconds (nearly all), microseconds (GA4's protocol)
        (MOMENT, "auto"),
        (1767323045678, "auto"),
        (1767323045678000, "auto"),
        # and by what the lens says
        (MOMENT, "s"),
        (1767323045678, "ms"),
        (1767323045678000, "us"),
        (1767323045678, "iso"),
        # numbers as text (Snowplow, Amplitude's older SDKs)
        ("1767323045.678", "auto"),
        ("1767323045678", "auto"),
        ("1767323045678", "ms"),
        ("1767323045678", "iso"),
        # ISO 8601: UTC unless it says otherwise
        (ISO, "auto"),
        (ISO, "iso"),
        (ISO, "ms"),
        ("2026-01-02T04:04:05.678+01:00", "auto"),
        ("2026-01-02T04:04:05.678+0100", "auto"),
        ("2026-01-02T03:04:05.678", "auto"),
        ("2026-01-02 03:04:05.678", "auto"),
        # Adjust's zone, written twice
        ("2026-01-02T04:04:05.678Z+0100", "auto"),
        ("2026-01-02T02:04:05.678Z-0100", "auto"),
    ],
)
def test_one_moment(value: Any, unit: TimeUnit):
    assert epoch_seconds(value, unit) == pytest.approx(MOMENT, abs=1e-3)


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        # small numbers are what they are called
        (1500, "ms", 1.5),
        (1500, "s", 1500.0),
        (1500, "auto", 1500.0),
        (0, "auto", 0.0),
        (-1767323045678, "auto", -1767323045.678),
        ("2026-01-02", "auto", 1767312000.0),
    ],
)
def test_units(value: Any, unit: TimeUnit, seconds: float):
    assert epoch_seconds(value, unit) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value",
    [
        None, True, [], {}, "", "soon", "nan", "inf", "1e999", float("nan"), float("inf"), 10**400,
        "9999-99-99T00:00:00Z", "2026-01-02T25:00:00Z",
    ],
)  # fmt: skip
def test_no_time(value: Any):
    assert epoch_seconds(value) is None


def test_a_time_without_a_zone_does_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert epoch_seconds("2026-01-02T03:04:05.678") == pytest.approx(MOMENT)
    finally:
        monkeypatch.undo()
        time.tzset()


@settings(deadline=None)
@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary())
def test_anything_is_a_time_or_none(value: Any):
    for unit in ("auto", "s", "ms", "us", "iso"):
        found = epoch_seconds(value, unit)
        assert found is None or isinstance(found, float)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0),
        ("-3", -3),
        ("49.90", 49.9),
        ("1e-7", 1e-7),
        ("1e+21", 1e21),
        # no numbers, and numbers already: as they are, so that a wrong type shows
        ("", ""),
        ("1,5", "1,5"),
        ("0x10", "0x10"),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
        (" 1", " 1"),
        (5, 5),
        (True, True),
        (None, None),
        ([], []),
    ],
)
def test_numbers_that_travel_as_text(value: Any, expected: Any):
    assert number(value) == expected
    assert type(number(value)) is type(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(4990, 49.9), ("4990", 49.9), (0, 0.0), ("free", "free"), (True, True), (None, None), (10**400, 10**400)],
)
def test_cents(value: Any, expected: Any):
    assert hundredth(value) == expected
    assert type(hundredth(value)) is type(expected)


@pytest.mark.parametrize(("value", "expected"), [({"a": 1}, {"a": 1}), ([1], {}), ("a", {}), (None, {})])
def test_mapping(value: Any, expected: Any):
    assert mapping(value) == expected


@pytest.mark.parametrize(("value", "expected"), [("a", "a"), (5, "5"), (None, None)])
def test_text(value: Any, expected: Any):
    assert text(value) == expected
