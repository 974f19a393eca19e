"""Each fault that a plugin can have, planted into an example, is caught: with its exit code, and by name.

The table of acme is then played with judging switched off, and each row must fail: no row passes for want of a judge.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from testbed.plugin import read_zip
from testbed.scenario import covers, load_scenarios
from testbed.verdict import Check, Evidence
from testbed.verdict.checks import BUILT_IN
from tests.e2e.conftest import Bench, Patch
from tests.e2e.faults import Fault, assert_caught, plant
from tests.e2e.faults_of_banner import BANNER
from tests.e2e.faults_of_clicks import CLICKS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BUNDLE = "web/acme.js"
MANIFEST = "plugin.toml"
SCRIPT_TAG = """
  const script = document.createElement("script");
  script.src = "https://cdn.acme.example/sdk.js";
  document.head.append(script);
"""
DECLARED = Patch(MANIFEST, 'hosts = ["api.acme.example"]', 'hosts = ["api.acme.example", "cdn.acme.example"]')
STALE = """
[[differs]]
target = "web"
scenario = "track"
step = "track"
reason = "not yet"
"""
PASS_ON = "client[context.event.type](context.event);"
TRACK_PROPERTIES = "properties: event.properties });\n    }\n\n    page"


ACME = (
    # What the vendor is told
    Fault(
        name="wrong event name",
        patches=(Patch(BUNDLE, "event: event.event,", "event: event.event.toLowerCase(),"),),
        scenario="track",
        check="expect.vendor[0]",
        says='"article shared"',
    ),
    Fault(
        name="missing property",
        patches=(Patch(BUNDLE, TRACK_PROPERTIES, "properties: {} });\n    }\n\n    page"),),
        scenario="order completed",
        check="expect.vendor[1]",
        says="properties.revenue",
    ),
    Fault(
        name="number sent as string",
        patches=(
            Patch(
                BUNDLE,
                "event: event.event, properties: event.properties",
                "event: event.event, properties: { ...event.properties, revenue: String(event.properties.revenue) }",
            ),
        ),
        scenario="order completed",
        check="expect.vendor[1]",
        says='properties.revenue was sent as string "25", expected the number 25',
    ),
    Fault(
        name="extra vendor call",
        patches=(
            Patch(
                BUNDLE,
                "this.send(event, { groupId",
                'this.send({ ...event, type: "track" }, { event: "Group" }); this.send(event, { groupId',
            ),
        ),
        scenario="group",
        check="vendor-others",
        says='track "Group"',
    ),
    Fault(
        name="duplicate delivery",
        patches=(Patch(BUNDLE, PASS_ON, PASS_ON * 2),),
        scenario="track",
        check="duplicate-delivery",
        says="Article Shared",
    ),
    # When it must not be told anything
    Fault(
        name="vendor call when integrations[name] is false",
        patches=(
            Patch(
                BUNDLE,
                "loaded = true;",
                """loaded = true;
        analytics.on("track", (event, properties) => client.track({ type: "track", event, properties }));""",
            ),
        ),
        scenario="integrations gate",
        check="integrations-gate",
        says="Diary Read",
    ),
    Fault(
        name="undeclared host",
        patches=(
            Patch(
                BUNDLE,
                "fetch(ENDPOINT",
                'fetch("https://metrics.acme.example/m").catch(() => {});\n      fetch(ENDPOINT',
            ),
        ),
        scenario="track",
        check="undeclared-host",
        says="metrics.acme.example",
    ),
    # When it does not work at all
    Fault(
        name="plugin that throws",
        patches=(Patch(BUNDLE, PASS_ON, 'throw new TypeError("planted fault");'),),
        scenario="track",
        check="plugin-throws",
        says="planted fault",
    ),
    Fault(
        name="plugin that never gets ready",
        patches=(Patch(BUNDLE, "loaded = true;", "await new Promise(() => {});"),),
        scenario="track",
        check="plugin-ready",
        says="Acme",
    ),
    Fault(
        name="bundle without its global",
        patches=(Patch(BUNDLE, "window.acmeDestination =", "window.acmeDestinatoin ="),),
        scenario="track",
        check="bundle-global",
        says="acmeDestination",
    ),
    Fault(
        name="vendor script blocked",
        patches=(
            DECLARED,
            Patch(MANIFEST, "[targets.web]", '[[stub]]\nhost = "cdn.acme.example"\nfail = "blocked"\n\n[targets.web]'),
            Patch(BUNDLE, "loaded = true;", f"loaded = true;{SCRIPT_TAG}"),
        ),
        scenario="track",
        check="vendor-script",
        says="cdn.acme.example/sdk.js",
    ),
    # When the manifest no longer says the truth
    Fault(
        name="stale [[differs]]",
        patches=(Patch(MANIFEST, "", STALE),),
        scenario="track",
        check="stale-difference",
        says="not yet",
    ),
)
FAULTS = (*ACME, *CLICKS, *BANNER)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_the_fault_is_caught_and_named(bench: Bench, fault: Fault):
    assert_caught(await plant(bench, fault), fault)


@pytest.mark.parametrize("fault", ACME, ids=lambda fault: fault.name)
async def test_without_judging_the_row_fails(bench: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch):
    def content(_: Evidence) -> Sequence[Check]:
        return [Check(id=each.id, outcome="passed", message="") for each in BUILT_IN]

    monkeypatch.setattr("testbed.fleet.runner.judge", content)
    monkeypatch.setattr("testbed.fleet.session.stale_differences", lambda *_, **__: None)
    outcome = await plant(bench, fault)
    assert outcome.code == 0, str(outcome)
    with pytest.raises(AssertionError):
        assert_caught(outcome, fault)


@pytest.mark.parametrize("example", dict.fromkeys(fault.example for fault in FAULTS))
async def test_the_example_itself_passes(bench: Bench, example: str):
    outcome = await bench.play(example)
    assert outcome.code == 0, str(outcome)
    plugin = read_zip(bench.zip(example), source=example)
    (target,) = plugin.manifest.targets.values()
    assert len(outcome.verdicts) == sum(covers(each.targets, target) for each in load_scenarios(plugin.files))
