"""Tokens of secrets in a normal report, and what is a race between an answer and the leaving of a page."""

from __future__ import annotations

import base64

import pytest

from tests.soak.bodies import response_data
from tests.soak.names import Names
from tests.soak.normal import is_race


def test_tokens_are_numbered_for_each_name_by_itself_and_stay_equal_where_they_were():
    names = Names(since=0, until=1)
    told = ["<secret:key:aaaaaa>", "<secret:cookie.id:bbbbbb>", "<secret:key:cccccc>", "x <secret:key:aaaaaa>"]
    assert names.of(told) == ["<secret key 1>", "<secret cookie.id 1>", "<secret key 2>", "x <secret key 1>"]


@pytest.mark.parametrize(
    ("body", "same"), [("token <secret:key:bbbbbb>", True), ("token <secret:key:bbbbbb>!", False), ("token", False)]
)
def test_a_body_differs_by_more_than_its_tokens_or_not_at_all(body: str, same: bool):
    def digest(text: str) -> str:
        return response_data({"headers": [], "body": base64.b64encode(text.encode()).decode()})

    assert (digest(body) == digest("token <secret:key:aaaaaa>")) == same


@pytest.mark.parametrize(
    ("line", "race"),
    [
        ({"source": "network", "level": "info"}, True),
        ({"source": "network", "level": "error"}, False),
        ({"source": "console", "level": "info"}, False),
    ],
)
def test_a_load_that_failed_is_no_race(line: dict[str, str], race: bool):
    assert is_race({"event": "log", "line": line}) == race
