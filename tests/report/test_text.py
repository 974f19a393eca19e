"""What strangers sent, made fit to be shown."""

import re

import pytest

from testbed.report.text import AFTER_COMMA, complaint, fitted, padded, plain, plain_line, width_of, wrapped
from tests.report.samples import HOSTILE

XML = re.compile("[\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


@pytest.mark.parametrize(
    ("text", "block", "line"),
    [
        # text stays as it is, whatever its language
        ("Bestellung 完了 👩‍🚀", "Bestellung 完了 👩‍🚀", "Bestellung 完了 👩‍🚀"),
        ('C:\\x "q" \\n', 'C:\\x "q" \\n', 'C:\\x "q" \\n'),
        ("", "", ""),
        # lines and tabs stay lines and tabs where there may be some
        ("a\n\tb", "a\n\tb", "a\\n\\tb"),
        # escapes: colours, titles, device control strings, in both of their spellings, closed or not
        ("\x1b[31mred", "\\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07rest", "\\x1b]0;title\\x07rest", "\\x1b]0;title\\x07rest"),
        ("\x1b]never closed, the rest", "\\x1b]never closed, the rest", "\\x1b]never closed, the rest"),
        ("\x9b2J\x90q\x9c", "\\x9b2J\\x90q\\x9c", "\\x9b2J\\x90q\\x9c"),
        # what moves the cursor, rings or hides
        ("a\rb\x08\x07\x00\x7f", "a\\rb\\x08\\x07\\x00\\x7f", "a\\rb\\x08\\x07\\x00\\x7f"),
        # what turns the direction of writing, or cannot be seen
        ("\u202egnp\u2066\u200f\ufeff", "\\u202egnp\\u2066\\u200f\\ufeff", "\\u202egnp\\u2066\\u200f\\ufeff"),
        ("a\u2028b\x85c", "a\\u2028b\\x85c", "a\\u2028b\\x85c"),
        # what XML or UTF-8 cannot say
        ("\ud83d\uffff\ufffe", "\\ud83d\\uffff\\ufffe", "\\ud83d\\uffff\\ufffe"),
    ],
)
def test_unfit_text_is_spelled_out(text: str, block: str, line: str):
    assert (plain(text), plain_line(text)) == (block, line)


def test_every_character_becomes_one_that_xml_can_say_and_no_terminal_obeys():
    everything = "".join(map(chr, range(0x110000)))
    for clean in (plain(everything, len(everything)), plain_line(HOSTILE)):
        assert XML.fullmatch(clean)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", clean)
        clean.encode()


def test_what_is_too_long_is_cut():
    assert plain("abcdef", 4) == "abc…"
    assert plain_line("abcd", 4) == "abcd"


def test_an_error_is_told_with_its_fix():
    assert complaint("a\x1b[0m", "b") == "testbed: a\\x1b[0m\n  fix: b"
    assert complaint("a\n  fix: b", None) == "testbed: a\n      fix: b"


def test_columns_are_counted_not_characters():
    assert width_of("完了") == 4
    assert padded("完", 4) == "完  "
    assert fitted("完了完了", 5) == "完了 "
    assert fitted("abc", 5) == "abc"
    assert fitted("abc", -1) == ""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        # broken at spaces, in the width
        ("aaa bbb ccc", ["aaa bbb", "ccc"]),
        ("", [""]),
        # lines stay lines
        ("a\n\nb", ["a", "", "b"]),
        # what has no space stays whole
        ("x https://a.example/long y", ["x", "https://a.example/long", "y"]),
        # indents and runs of spaces are not touched
        ("  a   b", ["  a   b"]),
        # two columns a character
        ("完 完 完 完", ["完 完 完", "完"]),
    ],
)
def test_prose_is_broken_at_single_spaces(text: str, lines: list[str]):
    assert wrapped(text, 8) == lines


def test_yaml_is_broken_after_commas_only():
    assert wrapped("- track: {name: a b c, x: 1, y: 2}", 14, at=AFTER_COMMA) == [
        "- track: {name: a b c,",
        "x: 1, y: 2}",
    ]
