"""The jail's name server, on the bytes of its messages."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testbed.jail.names import Names

A, AAAA, TXT = 1, 28, 16


def query(*labels: bytes, kind: int = A, questions: int = 1, flags: int = 0x0100) -> bytes:
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return b"\x12\x34" + struct.pack("!HHHHH", flags, questions, 0, 0, 0) + name + struct.pack("!HH", kind, 1)


def test_a_name_gets_an_address_that_says_which_name_it_was():
    names = Names()
    first, second = names.address_of("api.acme.example"), names.address_of("cdn.acme.example")
    assert (first, second) == ("198.18.0.1", "198.18.0.2")
    assert names.address_of("API.acme.example") == first
    assert names.name_of("198.18.0.2") == "cdn.acme.example"
    assert names.name_of("169.254.169.254") == "169.254.169.254"


def test_an_answer_repeats_the_question_and_gives_the_address():
    asked = query(b"api", b"acme", b"example")
    name, answer = Names().answer(asked) or ("", b"")
    assert name == "api.acme.example"
    assert answer == (
        b"\x12\x34\x81\x80\0\1\0\1\0\0\0\0" + asked[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([198, 18, 0, 1])
    )


@pytest.mark.parametrize("kind", [AAAA, TXT])
def test_what_is_no_ipv4_address_is_answered_with_nothing(kind: int):
    name, answer = Names().answer(query(b"acme", b"example", kind=kind)) or ("", b"")
    assert name == "acme.example"
    assert answer[2:12] == b"\x81\x80\0\1\0\0\0\0\0\0"


def test_when_the_addresses_are_used_up_it_says_that_it_failed(monkeypatch):
    monkeypatch.setattr("testbed.jail.names.MOST", 1)
    names = Names()
    assert names.address_of("a.example")
    name, answer = names.answer(query(b"b", b"example")) or ("", b"")
    assert name == "b.example"
    assert answer[3] & 0xF == 2  # SERVFAIL


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x12\x34",
        query(b"a", flags=0x8180),  # an answer
        query(b"a", questions=2),
        query(b"a", questions=0),
        query(),  # the root
        query(b"a")[:-1],  # cut short
        query(b"a")[:13] + b"\xc0\x0c" + b"\0\1\0\1",  # a compression pointer
    ],
)
def test_what_is_no_question_is_not_answered(message: bytes):
    assert Names().answer(message) is None


@given(st.binary(max_size=80))
def test_no_message_breaks_it(message: bytes):
    Names().answer(message)
