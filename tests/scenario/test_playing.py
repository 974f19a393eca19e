"""The steps section."""

import msgspec
import pytest

from testbed.errors import Place, PluginRefused
from testbed.scenario.playing import STEPS, read_steps
from testbed.scenario.steps import (
    Advance,
    Alias,
    Background,
    Click,
    Consent,
    Evaluate,
    Flush,
    Foreground,
    Group,
    Identify,
    Offline,
    Online,
    Open,
    Page,
    Reset,
    Restart,
    Screen,
    Settings,
    StepBase,
    Track,
    View,
    Wait,
)
from testbed.scenario.tree import read_tree


def steps(text: str) -> tuple[StepBase, ...]:
    return read_steps(read_tree(text.encode(), file="f.yaml"))


@pytest.mark.parametrize(
    ("text", "step"),
    [
        # every step, in full and in short
        ("identify: {userId: u1, traits: {a: 1}}", Identify(user_id="u1", traits={"a": 1})),
        ("identify: u1", Identify(user_id="u1")),
        ("identify: {traits: {a: 1}}", Identify(traits={"a": 1})),
        ("track: {event: X, properties: {a: 1}}", Track(event="X", properties={"a": 1})),
        (
            "track: {event: X, options: {integrations: {All: false}}}",
            Track(event="X", options={"integrations": {"All": False}}),
        ),
        ("track: Signed Up", Track(event="Signed Up")),
        ("page: {name: Home, category: Docs}", Page(name="Home", category="Docs")),
        ("page: Home", Page(name="Home")),
        ("page", Page()),
        ("page:", Page()),
        ("screen: Home", Screen(name="Home")),
        ("view: Home", View(name="Home")),
        ("group: {groupId: g1, traits: {a: 1}}", Group(group_id="g1", traits={"a": 1})),
        ("group: g1", Group(group_id="g1")),
        ("alias: {userId: u2, previousId: u1}", Alias(user_id="u2", previous_id="u1")),
        ("alias: u2", Alias(user_id="u2")),
        ("reset", Reset()),
        ("reset: {}", Reset()),
        ("flush", Flush()),
        ("restart", Restart()),
        ("background", Background()),
        ("foreground", Foreground()),
        ("offline", Offline()),
        ("online", Online()),
        ("open: /cart", Open(url="/cart")),
        ("click: '#buy'", Click(selector="#buy")),
        ("evaluate: document.title", Evaluate(script="document.title")),
        ("evaluate: |\n    1 +\n    1\n", Evaluate(script="1 +\n1\n")),
        ("settings: {values: {apiKey: k}}", Settings(values={"apiKey": "k"})),
        ("settings: {apiKey: k}", Settings(values={"apiKey": "k"})),
        ("settings: {values: 3}", Settings(values={"values": 3})),
        ("consent: {Advertising: true}", Consent(categories={"Advertising": True})),
        ("consent: {categories: {Advertising: true}}", Consent(categories={"Advertising": True})),
        ("wait: {request: '*/track', within_s: 2}", Wait(request="*/track", within_s=2)),
        ("wait: {log: ready}", Wait(log="ready")),
        ("advance: 60", Advance(by_s=60)),
        ("advance: {by_s: 0.5}", Advance(by_s=0.5)),
        ("advance: 90s", Advance(by_s=90)),
        ("advance: 1.5m", Advance(by_s=90)),
        ("advance: {by_s: 24h}", Advance(by_s=86400)),
    ],
)
def test_reads(text, step):
    (read,) = steps(f"- {text}")
    assert read.place == Place("f.yaml", 1, 3)
    assert type(read) is type(step)
    assert read == _placed(step)


def _placed(step: StepBase) -> StepBase:
    return msgspec.structs.replace(step, place=Place("f.yaml", 1, 3))


def test_every_step_is_read_above():
    marks = [mark for mark in test_reads.pytestmark if mark.name == "parametrize"]
    assert {type(step) for _, step in marks[0].args[1]} == set(STEPS.values())


def test_only_stands_beside_the_step():
    (step,) = steps("- track: X\n  only: [web, 'android*']")
    assert step.only == ("web", "android*")
    (step,) = steps("- track: X\n  only: web")
    assert step.only == ("web",)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[]", "1:1", "steps: a scenario needs a step"),
        ("track: X", "1:1", "steps: needs a list, not a mapping"),
        # the step's name
        ("- trak: X", "1:3", "steps[0]: unknown step 'trak'; did you mean 'track'?"),
        ("- rest", "1:3", "unknown step 'rest'; did you mean 'reset'?"),
        ("- sleep: 5", "1:3", "unknown step 'sleep'; did you mean 'advance'?"),
        ("- page\n- trak: X", "2:3", "steps[1]: unknown step"),
        ("- {track: X, page: Y}", "1:3", "a step is one key"),
        ("- only: web", "1:3", "a step without its name"),
        ("- 3", "1:3", "steps[0]: needs a mapping, not a number"),
        # its fields
        ("- track", "1:3", "steps[0].track: 'event' is missing"),
        ("- track: {name: X}", "1:11", "unknown key 'name'; did you mean 'event'?"),
        ("- track: {event: X, props: {}}", "1:21", "unknown key 'props'; did you mean 'properties'?"),
        ("- track: {event: X, properties: [1]}", "1:21", "properties: needs a mapping, not a list"),
        ("- track: 5", "1:10", "event: needs text, not a whole number"),
        ("- track: [X]", "1:10", "needs a mapping, or event alone"),
        ("- identify: {user: u1}", "1:14", "did you mean 'userId'?"),
        ("- reset: X", "1:10", "needs a mapping, not text"),
        ("- consent: {Ads: no}", "1:13", "categories.Ads: needs true or false, not text"),
        # what only this side sets
        ("- track: {event: X, place: {file: a}}", "1:21", "unknown key 'place'"),
        ("- track: {event: X, do: page}", "1:21", "unknown key 'do'"),
        ("- track: {event: X, only: [web]}", "1:21", "unknown key 'only'"),
        # time
        ("- advance", "1:3", "'by_s' is missing"),
        ("- advance: 0", "1:12", "by_s: needs more than 0"),
        ("- advance: -1s", "1:12", "by_s: needs a number, not text"),
        ("- advance: 86401", "1:12", "at most 86400 seconds"),
        ("- advance: 25h", "1:12", "at most 86400 seconds"),
        ("- advance: 5 minutes", "1:12", "by_s: needs a number, not text"),
        ("- advance: {seconds: 5}", "1:13", "did you mean 'by_s'?"),
        # waiting
        ("- wait", "1:3", "wait for either"),
        ("- wait: {request: a, log: b}", "1:9", "wait for either"),
        ("- wait: {log: b, within_s: 0}", "1:9", "needs more than 0"),
    ],
)
def test_explains_a_mistake(text, place, message):
    with pytest.raises(PluginRefused) as caught:
        steps(text)
    assert message in caught.value.message
    assert str(caught.value.place) == f"f.yaml:{place}"
