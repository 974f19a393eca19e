"""Scenario files: what they become, and how a mistake is explained."""

import pytest

from testbed.errors import Place, PluginRefused
from testbed.scenario import load_scenarios, read_scenario
from testbed.scenario.model import CloudKnobs, Expectations, SettingsKnob, TrackingKnob

FULL = b"""\
name: Everything
description: All there is
targets: [web, "android*"]
url: /shop
settings: {apiKey: k}
integrations: {All: true}
consent: {Advertising: false}
cloud:
  settings: {status: 500, delay_ms: 10}
  tracking: {status: 429, times: 2, retry_after_s: 1}
  document: {plan: {track: {}}}
stubs:
  - {host: api.acme.example, path: "/v1/*", json: {ok: true}}
tolerate: vendor-script
timeout_s: 10
steps:
  - page
expect:
  vendor: []
"""


def refused(text: str) -> PluginRefused:
    with pytest.raises(PluginRefused) as caught:
        read_scenario(text.encode(), file="scenarios/a.yaml")
    return caught.value


def test_reads_every_key():
    scenario = read_scenario(FULL, file="scenarios/a.yaml")
    assert (scenario.name, scenario.description, scenario.url) == ("Everything", "All there is", "/shop")
    assert scenario.targets == ("web", "android*")
    assert scenario.settings == {"apiKey": "k"}
    assert scenario.integrations == {"All": True}
    assert scenario.consent == {"Advertising": False}
    assert scenario.cloud == CloudKnobs(
        settings=SettingsKnob(status=500, delay_ms=10),
        tracking=TrackingKnob(status=429, times=2, retry_after_s=1),
        document={"plan": {"track": {}}},
    )
    assert scenario.stubs[0].json == {"ok": True}
    assert scenario.tolerate == ("vendor-script",)
    assert scenario.timeout_s == 10
    assert scenario.expect == Expectations(vendor=())
    assert scenario.place == Place("scenarios/a.yaml", 1, 1)


def test_has_the_models_defaults():
    scenario = read_scenario(b"name: a\nsteps: [page]", file="scenarios/a.yaml")
    assert (scenario.expect, scenario.cloud, scenario.url, scenario.timeout_s) == (
        Expectations(),
        CloudKnobs(),
        "/",
        30,
    )
    assert scenario.expect.vendor is None


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        # the file
        ("[]", "1:1", "needs a mapping, not a list"),
        ("name: a", "1:1", "'steps' is missing"),
        ("steps: [page]", "1:1", "'name' is missing"),
        ("name: a\nstep: [page]", "2:1", "unknown key 'step'; did you mean 'steps'?"),
        ("name: 3\nsteps: [page]", "1:7", "name: needs text, not a whole number"),
        ("name: ' '\nsteps: [page]", "1:7", "name: needs a line of text"),
        # scalars and mappings
        ("name: a\nsteps: [page]\nurl: [a]", "3:6", "url: needs text, not a list"),
        ("name: a\nsteps: [page]\nsettings: x", "3:11", "settings: needs a mapping, not text"),
        ("name: a\nsteps: [page]\nconsent: {Ads: 1}", "3:11", "consent.Ads: needs true or false, not a whole number"),
        ("name: a\nsteps: [page]\ntargets: [1]", "3:11", "targets[0]: needs text, not a whole number"),
        ("name: a\nsteps: [page]\ntimeout_s: 0", "3:12", "timeout_s: needs more than 0"),
        ("name: a\nsteps: [page]\ntimeout: 5", "3:1", "unknown key 'timeout'; did you mean 'timeout_s'?"),
        # knobs and stubs
        (
            "name: a\nsteps: [page]\ncloud: {setings: {}}",
            "3:9",
            "cloud: unknown key 'setings'; did you mean 'settings'?",
        ),
        ("name: a\nsteps: [page]\ncloud: {settings: {stat: 1}}", "3:20", "cloud.settings: unknown key 'stat'"),
        (
            "name: a\nsteps: [page]\ncloud: {tracking: {status: bad}}",
            "3:20",
            "cloud.tracking.status: needs a whole number",
        ),
        ("name: a\nsteps: [page]\nstubs: [{path: /}]", "3:9", "stubs[0]: 'host' is missing"),
        ("name: a\nsteps: [page]\nstubs: [{host: h, body: a, json: 1}]", "3:28", "stubs[0].json: body and json in one"),
        ("name: a\nsteps: [page]\nstubs: [{host: h, fail: reset, body: a}]", "3:19", "a stub that fails sends no body"),
        ("name: a\nsteps: [page]\nstubs: [{host: h, status: 101}]", "3:19", "stubs[0].status: 101 is no final HTTP"),
        ("name: a\nsteps: [page]\nstubs: [{host: h, delay_ms: -1}]", "3:19", "stubs[0].delay_ms: is negative"),
        ("name: a\nsteps: [page]\nstubs: [{host: h, headers: {a b: c}}]", "3:29", "stubs[0].headers.a b: is no HTTP"),
        ("name: a\nsteps: [page]\nstubs: [{host: h, fail: cut}]", "3:19", "stubs[0].fail: "),
        # cloud
        ("name: a\nsteps: [page]\ncloud: {settings: {status: 42}}", "3:20", "cloud.settings.status: 42 is no failure"),
        ("name: a\nsteps: [page]\ncloud: {tracking: {status: 302, times: 1}}", "3:20", "302 is no failure"),
        ("name: a\nsteps: [page]\ncloud: {tracking: {status: 500}}", "3:19", "says nothing without `times`"),
        ("name: a\nsteps: [page]\ncloud: {tracking: {delay_ms: -1}}", "3:20", "tracking.delay_ms: is negative"),
        # tolerate
        ("name: a\nsteps: [page]\ntolerate: [vendor-scripts]", "3:11", "did you mean 'vendor-script'?"),
    ],
)
def test_explains_a_mistake(text, place, message):
    error = refused(text)
    assert message in error.message
    assert str(error.place) == f"scenarios/a.yaml:{place}"


def test_loads_what_is_under_scenarios_by_name():
    scenarios = load_scenarios(
        {
            "plugin.toml": b"",
            "scenarios/b.yml": b"name: b\nsteps: [page]",
            "scenarios/deep/a.yaml": b"name: a\nsteps: [page]",
            "scenarios/README.md": b"not a scenario",
            "other/c.yaml": b"name: c\nsteps: [page]",
        }
    )
    assert [scenario.file for scenario in scenarios] == ["scenarios/b.yml", "scenarios/deep/a.yaml"]


def test_refuses_two_scenarios_of_one_name():
    text = b"name: same\nsteps: [page]"
    with pytest.raises(PluginRefused, match=r"'same' is taken by scenarios/a\.yaml") as caught:
        load_scenarios({"scenarios/a.yaml": text, "scenarios/b.yaml": text})
    assert str(caught.value.place) == "scenarios/b.yaml:1:1"


def test_refuses_a_stub_whose_file_is_not_there():
    text = b"name: a\nsteps: [page]\nstubs: [{host: h, file: stubs/sdk.js}]"
    with pytest.raises(PluginRefused, match=r"did you mean 'stubs/sdk2\.js'"):
        load_scenarios({"scenarios/a.yaml": text, "stubs/sdk2.js": b""})
    assert load_scenarios({"scenarios/a.yaml": text, "stubs/sdk.js": b""})


def test_files_that_changed_since_the_last_time_are_read_anew():
    text = b"name: a\nstubs: [{host: cdn.acme.example, file: stubs/sdk.js}]\nsteps: [page]\n"
    files = {"scenarios/a.yaml": text, "stubs/sdk.js": b""}
    assert [scenario.name for scenario in load_scenarios(files)] == ["a"]
    assert [
        scenario.name for scenario in load_scenarios({**files, "scenarios/a.yaml": b"name: b\nsteps: [page]\n"})
    ] == ["b"]
    assert [scenario.name for scenario in load_scenarios(files)] == ["a"]
    with pytest.raises(PluginRefused, match="is not in the plugin"):
        load_scenarios({"scenarios/a.yaml": text})
    # Whoever gets the list may change it.
    load_scenarios(files).clear()
    assert len(load_scenarios(files)) == 1
