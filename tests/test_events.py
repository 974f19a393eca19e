"""The event stream: its names, and what a reader of another version can rely on."""

from __future__ import annotations

import json
from typing import get_args

import msgspec
import pytest

from testbed import events
from testbed.events import EventBase, RunEnded, RunStarted

KINDS: tuple[type[EventBase], ...] = get_args(events.Event)


def test_no_event_is_left_out_of_the_union():
    assert set(EventBase.__subclasses__()) == set(KINDS)


def test_names():
    assert [kind.__struct_config__.tag for kind in KINDS] == [
        "run-started",
        "device",
        "scenario-started",
        "step",
        "flow",
        "vendor-call",
        "segment-call",
        "log",
        "verdict",
        "repeated",
        "fault",
        "run-ended",
    ]


def test_what_a_reader_looks_for_is_always_written():
    started = json.loads(events.encode(RunStarted(plugin="Acme", version="1", sha256="", plan=())))
    assert started["schema"] == 1
    ended = json.loads(events.encode(RunEnded(exit_code=0)))
    assert set(ended) == {"event", *RunEnded.__struct_fields__}


def test_the_end_is_told_by_how_its_line_begins():
    """The client of a fleet looks for it in that way, without decoding every line."""
    assert events.encode(RunEnded(exit_code=0)).startswith(b'{"event":"run-ended"')


def test_what_is_left_out_is_the_default():
    assert events.decode(b'{"event":"step","run":"r1","index":1,"step":{},"outcome":"done"}') == events.StepPlayed(
        run="r1", index=1, step={}, outcome="done"
    )


def test_a_field_that_only_a_newer_one_knows_is_passed_over():
    line = b'{"event":"device","device":"web-1","state":"ready","battery":0.5}'
    assert events.decode(line) == events.DeviceState(device="web-1", state="ready")


@pytest.mark.parametrize("line", [b"", b"{", b"{}", b'{"event":"no-such"}', b'{"event":"log"}'])
def test_what_is_no_event_is_refused(line: bytes):
    with pytest.raises(msgspec.DecodeError):
        events.decode(line)
