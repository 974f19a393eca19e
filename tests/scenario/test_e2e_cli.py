"""Segment's own cases: what they become, and how a mistake is explained."""

import json
from typing import Any

import pytest

from testbed.errors import PluginRefused
from testbed.scenario import Scenario, load_scenarios
from testbed.scenario.model import ExpectCall, Unused
from testbed.scenario.steps import Advance, Alias, Group, Identify, Track, View

FILE = "scenarios/retry-429.json"


def read(text: str | bytes) -> Scenario:
    (scenario,) = load_scenarios({FILE: text.encode() if isinstance(text, str) else text})
    return scenario


def case(*events: dict[str, Any], **more: Any) -> str:
    return json.dumps({"writeKey": "k", "sequences": [{"delayMs": 0, "events": events}], **more})


def said(scenario: Scenario) -> list[Any]:
    """The steps, without where they stand."""
    return [type(step)(**{**as_dict(step), "place": None}) for step in scenario.steps]


def as_dict(step: Any) -> dict[str, Any]:
    return {name: getattr(step, name) for name in step.__struct_fields__}


def test_is_called_as_its_file_is_and_starts_as_any_other():
    scenario = read(case({"type": "track", "event": "A"}))
    assert (scenario.name, scenario.file, scenario.url) == ("retry-429", FILE, "/")
    assert (scenario.timeout_s, scenario.integrations, scenario.unused) == (30, {}, ())


@pytest.mark.parametrize(
    ("event", "step", "told"),
    [
        (
            {"type": "identify", "userId": "u1", "traits": {"plan": "pro"}},
            Identify(user_id="u1", traits={"plan": "pro"}),
            ExpectCall(kind="identify", user="u1"),
        ),
        ({"type": "identify", "traits": {"a": 1}}, Identify(traits={"a": 1}), ExpectCall(kind="identify")),
        (
            {"type": "track", "event": "A", "properties": {"$x": [1.5, None]}},
            Track(event="A", properties={"$x": [1.5, None]}),
            ExpectCall(kind="track", name="A"),
        ),
        (
            {"type": "page", "name": "Home", "category": "Docs", "properties": {"n": 1}},
            View(name="Home", category="Docs", properties={"n": 1}),
            ExpectCall(kind="view", name="Home"),
        ),
        ({"type": "screen"}, View(), ExpectCall(kind="view")),
        (
            {"type": "group", "groupId": "g1", "traits": {"size": 3}},
            Group(group_id="g1", traits={"size": 3}),
            ExpectCall(kind="group", group="g1"),
        ),
        (
            {"type": "alias", "userId": "u2", "previousId": "u1"},
            Alias(user_id="u2", previous_id="u1"),
            ExpectCall(kind="alias", previous="u1"),
        ),
        # what the options argument takes
        (
            {"type": "track", "event": "A", "userId": "u1", "anonymousId": "a1", "messageId": "m1",
             "timestamp": "2026-01-02T03:04:05.678Z", "context": {"ip": "1.2.3.4"},
             "integrations": {"All": False, "Acme": {"x": 1}}},
            Track(event="A", options={
                "userId": "u1", "anonymousId": "a1", "messageId": "m1", "timestamp": "2026-01-02T03:04:05.678Z",
                "context": {"ip": "1.2.3.4"}, "integrations": {"All": False, "Acme": {"x": 1}},
            }),
            ExpectCall(kind="track", name="A", anonymous="a1"),
        ),
    ],
)  # fmt: skip
def test_an_event_is_a_step_and_what_segment_must_be_told(event, step, told):
    scenario = read(case(event))
    assert said(scenario) == [step]
    (expected,) = scenario.expect.segment or ()
    assert expected.place == scenario.steps[0].place
    assert expected == ExpectCall(**{**as_dict(told), "place": expected.place})
    assert scenario.expect.vendor is None


def test_a_delay_passes_before_its_sequence():
    scenario = read(
        json.dumps(
            {
                "sequences": [
                    {"events": [{"type": "track", "event": "A"}]},
                    {"delayMs": 1500, "events": [{"type": "track", "event": "B"}, {"type": "track", "event": "C"}]},
                    {"delayMs": 0, "events": []},
                ]
            }
        )
    )
    pause = Advance(by_s=1.5)
    assert said(scenario) == [Track(event="A"), pause, Track(event="B"), Track(event="C")]
    assert [each.name for each in scenario.expect.segment or ()] == ["A", "B", "C"]


def test_the_configuration_is_honoured_or_said_to_be_unused():
    config = {"flushAt": 1, "flushInterval": 1000, "maxRetries": 3, "timeout": 15}
    scenario = read(case({"type": "screen"}, config=config))
    assert scenario.timeout_s == 15
    assert scenario.integrations == {"Segment.io": {"httpConfig": {"backoffConfig": {"maxRetryCount": 3}}}}
    assert [each.path for each in scenario.unused] == ["config.flushAt", "config.flushInterval"]
    assert all(isinstance(each, Unused) and "at once" in each.reason for each in scenario.unused)


def test_where_segment_is_changes_nothing():
    plain, placed = case({"type": "screen"}), case({"type": "screen"}, apiHost="http://a:1", cdnHost="http://a:1")
    assert read(placed) == read(plain)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b'\xef\xbb\xbf{"sequences":[{"events":[{"type":"track","event":"A"}]}]}', "A"),
        (b'{\t"sequences":\n\t[{"events":\n\t\t[{"type":\t"track", "event": "a\\tb"}]}]}', "a\tb"),
        (b'{"sequences": [{"events": [{"type": "track", "event": "\\u00e9 \\ud83d\\ude00 \\/"}]}]}', "é \U0001f600 /"),
        (b'{"sequences": [{"events": [{"type": "track", "event": "yes: #1, {a}"}]}]}', "yes: #1, {a}"),
    ],
    ids=["BOM", "tabs", "escapes", "what means something in YAML"],
)
def test_reads_json_as_json(text, name):
    (step,) = read(text).steps
    assert isinstance(step, Track)
    assert step.event == name


EVENT = '{"sequences": [{"events": [%s]}]}'


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        # the file
        ("name: a\nsteps: [page]", "1:1", "not JSON: Expecting value"),
        ('{"sequences": [],}', "1:18", "not JSON: "),
        ('{"sequences": NaN}', "", "not JSON: NaN is no number"),
        ("[" * 100_000, "", ""),
        ("[]", "1:1", "needs a mapping, not a list"),
        ('{"steps": ["page"]}', "1:2", "unknown key 'steps'"),
        ('{"writeKey": "k"}', "1:1", "'sequences' is missing"),
        ('{"sequence": []}', "1:2", "unknown key 'sequence'; did you mean 'sequences'?"),
        ('{"sequences": [], "sequences": []}', "1:19", "the key 'sequences' twice"),
        ('{"sequences": []}', "1:15", "sequences: a case needs an event"),
        ('{"sequences": {}}', "1:15", "sequences: needs a list, not a mapping"),
        ('{"writeKey": 1, "sequences": []}', "1:14", "writeKey: needs text"),
        # sequences
        ('{"sequences": [{}]}', "1:16", "sequences[0]: 'events' is missing"),
        ('{"sequences": [{"delay": 1}]}', "1:17", "sequences[0]: unknown key 'delay'; did you mean 'delayMs'?"),
        ('{"sequences": [{"delayMs": "1", "events": []}]}', "1:28", "sequences[0].delayMs: needs a number"),
        ('{"sequences": [{"delayMs": -1, "events": []}]}', "1:28", "sequences[0].delayMs: needs 0 to a day"),
        # events
        (EVENT % '{"event": "A"}', "1:28", "sequences[0].events[0]: 'type' is missing"),
        (EVENT % '{"type": "trak"}', "1:37", "events[0].type: unknown type 'trak'; did you mean 'track'?"),
        (EVENT % '{"type": "track"}', "1:28", "events[0]: 'event' is missing"),
        (EVENT % '{"type": "track", "evnt": "A"}', "1:46", "unknown key 'evnt'; did you mean 'event'?"),
        (EVENT % '{"type": "track", "event": 1}', "1:46", "events[0].event: needs text, not a whole number"),
        (EVENT % '{"type": "identify", "properties": {}}', "1:49", "unknown key 'properties'; did you mean 'traits'?"),
        (EVENT % '{"type": "alias"}', "1:28", "events[0]: 'userId' is missing"),
        (
            EVENT % '{"type": "screen", "integrations": {"A": 1}}',
            "1:64",
            "events[0].integrations.A: needs true or false",
        ),
        (EVENT % '{"type": "screen", "only": "web"}', "1:47", "unknown key 'only'"),
        (EVENT % '{"type": "screen", "name": "\\ud83d"}', "1:55", "half a character"),
        # the configuration
        (
            '{"sequences": [], "config": {"flushat": 1}}',
            "1:30",
            "config: unknown key 'flushat'; did you mean 'flushAt'",
        ),
        ('{"sequences": [], "config": {"maxRetries": "3"}}', "1:30", "config.maxRetries: needs a whole number"),
        ('{"sequences": [], "config": {"timeout": 0}}', "1:30", "config.timeout: needs more than 0 and at most 600"),
    ],
)
def test_explains_a_mistake(text, place, message):
    with pytest.raises(PluginRefused) as caught:
        read(text)
    assert message in caught.value.message
    assert str(caught.value.place).startswith(f"{FILE}:{place}" if place else FILE)
