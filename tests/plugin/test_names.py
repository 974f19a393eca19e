"""Which names two systems would take for one file; which names are refused is in test_archive."""

import pytest

from testbed.plugin.names import name_problem, same_file


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("web/A.js", "web/a.js", True),
        ("stra\u00dfe", "STRASSE", True),
        ("\u00e9", "e\u0301", True),
        ("\u00c9", "e\u0301", True),
        ("a", "b", False),
        ("a/b", "a-b", False),
    ],
)
def test_same_file(first: str, second: str, same: bool) -> None:
    assert (same_file(first) == same_file(second)) is same


@pytest.mark.parametrize(
    "name",
    ["a", "web/acme.min.js", ".hidden", "a b/c d", "..a", "a..b", "leer/\u00e4\u65e5.txt", "console.js", "com.js"],
)
def test_good_names(name: str) -> None:
    assert name_problem(name) is None
