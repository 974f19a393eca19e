"""What is played, and that a run of nothing is never silent."""

from typing import Any

import pytest

from testbed.devices.api import DeviceSpec
from testbed.errors import NothingRan, UsageError
from testbed.fleet.model import RunRequest
from testbed.fleet.plan import is_complete, on_devices, plan
from testbed.plugin.model import Manifest, Plugin, Target
from testbed.scenario.model import Expectations, Scenario

WEB = Target(id="web", sdk="web")
WEB_DEVICE = DeviceSpec(platform="web")
KOTLIN = Target(id="phone", sdk="android-kotlin")
PLUGIN = Plugin(
    manifest=Manifest(name="Acme", version="1", targets={"web": WEB, "phone": KOTLIN}),
    files={},
    sha256="",
    source="acme",
)


def scenario(name: str, *targets: str) -> Scenario:
    return Scenario(name=name, file=f"scenarios/{name}.yaml", steps=(), expect=Expectations(), targets=targets)


SCENARIOS = [scenario("Track sends revenue"), scenario("Page view", "web"), scenario("Screen view", "android")]
ALL = [
    ("Track sends revenue", "web"),
    ("Track sends revenue", "phone"),
    ("Page view", "web"),
    ("Screen view", "phone"),
]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        # no filter: every scenario on every target that it covers
        ({}, ALL),
        # -P by platform, by target id, by glob
        ({"platforms": ("web",)}, [ALL[0], ALL[2]]),
        ({"platforms": ("phone",)}, [ALL[1], ALL[3]]),
        ({"platforms": ("and*",)}, [ALL[1], ALL[3]]),
        # -k by part of the name in any case, by glob on all of it
        ({"scenarios": ("VIEW",)}, [ALL[2], ALL[3]]),
        ({"scenarios": ("page*", "screen*")}, [ALL[2], ALL[3]]),
        # --last-failed
        ({"only_failed": ("Track sends revenue::phone", "gone::web")}, [ALL[1]]),
        # together
        ({"platforms": ("web",), "scenarios": ("view",)}, [ALL[2]]),
    ],
)
def test_items(request_: dict[str, Any], expected: list[tuple[str, str]]):
    items = plan(PLUGIN, SCENARIOS, RunRequest(**request_))
    assert [(i.scenario.name, i.target.id) for i in items] == expected
    assert len({i.run for i in items}) == len(items)


@pytest.mark.parametrize(
    ("scenarios", "request_", "says"),
    [
        ([], {}, "has no scenarios"),
        (SCENARIOS, {"scenarios": ("nope",)}, "-k nope matches none of: Track sends revenue, Page view, Screen view"),
        (SCENARIOS, {"only_failed": ()}, "no scenario failed last time"),
        ([SCENARIOS[1]], {"platforms": ("android",)}, "covers the chosen targets"),
    ],
)
def test_nothing_to_run(scenarios: list[Scenario], request_: dict[str, Any], says: str):
    with pytest.raises(NothingRan, match=says):
        plan(PLUGIN, scenarios, RunRequest(**request_))


def test_an_unknown_platform_is_a_usage_error_that_names_the_known_ones():
    with pytest.raises(UsageError, match="-P iso names no target") as caught:
        plan(PLUGIN, SCENARIOS, RunRequest(platforms=("iso",)))
    assert caught.value.fix == "use one of: android, phone, web"


@pytest.mark.parametrize(
    "request_", [{"platforms": ("web",)}, {"scenarios": ("x",)}, {"fail_fast": True}, {"only_failed": ()}]
)
def test_a_filtered_run_is_not_complete(request_: dict[str, Any]):
    assert is_complete(RunRequest())
    assert not is_complete(RunRequest(**request_))


def test_each_item_is_for_each_device_of_its_platform():
    items = plan(PLUGIN, [SCENARIOS[0]], RunRequest())
    web, phone = (next(i for i in items if i.target.platform == p) for p in ("web", "android"))
    specs = [DeviceSpec(platform="web"), DeviceSpec(platform="web", profile="chromium")]
    assert [(i.run, i.target.id, i.device) for i in on_devices([web, phone], specs)] == [
        ("r1", web.target.id, "web"),
        ("r2", web.target.id, "web:chromium"),
        ("r3", phone.target.id, ""),
    ]


def test_all_items_are_played_before_any_is_repeated():
    items = on_devices(plan(PLUGIN, SCENARIOS[:2], RunRequest(platforms=("web",))), [WEB_DEVICE], repeat=2)
    assert [(i.run, i.scenario.name, i.repetition) for i in items] == [
        ("r1", "Track sends revenue", 1),
        ("r2", "Page view", 1),
        ("r3", "Track sends revenue", 2),
        ("r4", "Page view", 2),
    ]
