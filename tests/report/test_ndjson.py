"""The event stream: on stdout, in the output folder, or both; each line the event again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from testbed import events
from testbed.http import Response
from tests.report.conftest import Report
from tests.report.samples import ONE_OF_EACH, ended, flow


def test_the_sample_has_every_event():
    assert {type(event) for event in ONE_OF_EACH} == set(get_args(events.Event))


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_a_line_is_the_event_again(event: events.Event):
    line = events.encode(event)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert events.decode(line) == event


def test_bodies_are_base64():
    line = json.loads(events.encode(flow(response=Response(body=b"\x00\xff"))))
    assert line["flow"]["response"]["body"] == "AP8="


def test_both_places_have_every_event_as_it_happens(report: Report, tmp_path: Path):
    seen: list[int] = []

    def stream() -> Iterator[events.Event]:
        for event in ONE_OF_EACH:
            yield event
            seen.append((tmp_path / "out" / "report.ndjson").read_bytes().count(b"\n"))

    told = report(stream(), json=True, files={"output": tmp_path / "out"})
    assert seen == list(range(1, len(ONE_OF_EACH) + 1))
    assert [events.decode(line.encode()) for line in told.out.text.splitlines()] == list(ONE_OF_EACH)
    assert (tmp_path / "out" / "report.ndjson").read_text() == told.out.text


def test_the_stream_tells_its_schema_first_and_its_result_last(report: Report):
    lines = [json.loads(line) for line in report(ONE_OF_EACH, json=True).out.text.splitlines()]
    assert (lines[0]["event"], lines[0]["schema"]) == ("run-started", 1)
    assert lines[-1] == {
        "event": "run-ended",
        "time": lines[-1]["time"],
        "exit_code": 1,
        "passed": 0,
        "failed": 1,
        "errors": 0,
        "nothing_ran": 0,
        "not_available": 0,
        "differs": 0,
        "duration_ms": 1234.5,
    }


def test_with_json_people_are_told_of_a_fault_and_of_nothing_else(report: Report):
    fault = events.Faulted(kind="PluginRefused", message="plugin.toml:1: no\x1b[0m", exit_code=7, fix="mend it")
    told = report([fault, ended(7)], json=True)
    assert told.err.text == "testbed: plugin.toml:1: no\\x1b[0m\n  fix: mend it\n"
    assert report([*ONE_OF_EACH[:-2], ended(1)], json=True).err.text == ""


def test_text_is_no_json_and_json_no_text(report: Report):
    assert "{" not in report([ONE_OF_EACH[0], ended()]).out.text
    assert report([ONE_OF_EACH[0], ended()], json=True).out.text.startswith('{"event":"run-started"')
