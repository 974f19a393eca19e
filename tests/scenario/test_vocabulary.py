"""The nearest word."""

import pytest

from testbed.plugin.model import Target
from testbed.scenario.targeting import covers
from testbed.scenario.vocabulary import nearest


@pytest.mark.parametrize(
    ("word", "words", "meant"),
    [
        ("trak", ("track", "page"), "track"),
        ("Track", ("track", "page"), "track"),
        ("event", ("name", "user"), "name"),
        ("userId", ("name", "user"), "user"),
        ("user", ("userId",), "userId"),
        ("xyzzy", ("track", "page"), None),
    ],
)
def test_nearest(word, words, meant):
    assert nearest(word, words) == meant


@pytest.mark.parametrize(
    ("globs", "covered"),
    [
        ((), True),
        (("web",), True),
        (("shop-web",), True),
        (("shop*",), True),
        (("android",), False),
        (("x", "web"), True),
    ],
)
def test_covers(globs, covered):
    assert covers(globs, Target(sdk="web", id="shop-web")) is covered
