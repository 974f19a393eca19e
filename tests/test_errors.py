"""The error tree is what its docstring draws, and the exit codes are what is promised."""

from __future__ import annotations

import re

import pytest

from testbed import errors
from testbed.errors import ExitCode, Place, TestbedError, UsageError


def tree(kind: type[TestbedError]) -> set[type[TestbedError]]:
    return {kind}.union(*map(tree, kind.__subclasses__()))


def test_the_exit_codes_never_change():
    assert {code.name: int(code) for code in ExitCode} == {
        "PASSED": 0,
        "FAILED": 1,
        "USAGE": 2,
        "INTERNAL": 3,
        "NOTHING_RAN": 5,
        "ENVIRONMENT": 6,
        "REFUSED": 7,
        "INTERRUPTED": 130,
    }


def test_the_docstring_draws_every_error_below_its_parent_with_its_code():
    assert errors.__doc__ is not None
    drawn: dict[str, tuple[str, int]] = {}
    path = ["TestbedError"]
    for indent, name, code in re.findall(r"^([│├└─ ]+)(\w+) +(\d+)  ", errors.__doc__, re.MULTILINE):
        path[len(indent) // 4 :] = [name]
        drawn[name] = (path[-2], int(code))
    own = {kind for kind in tree(TestbedError) if kind.__module__ == errors.__name__} - {TestbedError}
    assert drawn == {kind.__name__: (kind.__bases__[0].__name__, int(kind.exit_code)) for kind in own}


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("a.toml"), "a.toml"),
        (Place("a.toml", 3), "a.toml:3"),
        (Place("a.toml", 3, 9), "a.toml:3:9"),
    ],
)
def test_a_place(place: Place, text: str):
    assert str(place) == text


def test_an_error_tells_place_message_and_fix():
    assert str(UsageError("no")) == "no"
    assert str(UsageError("no", place=Place("a", 1), fix="yes")) == "a:1: no\n  fix: yes"
