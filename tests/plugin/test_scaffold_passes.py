"""What `testbed new` makes passes its own scenarios at once on a real browser, in every style, and each of them can
fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import pytest
import pytest_asyncio

from testbed import events
from testbed.devices.api import DeviceSpec
from testbed.fleet.fleet import Fleet, open_fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetOptions, RunRequest
from testbed.plugin import Style, pack, scaffold

STYLES: tuple[Style, ...] = get_args(Style)
SCENARIOS = {"alias", "group", "identify", "integrations gate", "order completed", "page", "reset", "track"}
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    root = tmp_path_factory.mktemp("run")
    root.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESTBED_RUNTIME_DIR", str(root))
        options = FleetOptions(devices=(DeviceSpec(platform="web"),), workers=2)
        with Home.make("test") as home:
            async with open_fleet(options, env=home.env, emit=lambda _: None) as fleet:
                yield fleet


async def outcomes(fleet: Fleet, folder: Path) -> tuple[int, dict[str, str]]:
    """The exit code, and how each scenario went."""
    stream: list[events.Event] = []
    code = await fleet.run(pack(folder), RunRequest(), stream.append)
    return code, {e.verdict.scenario: e.verdict.outcome for e in stream if isinstance(e, events.Judged)}


@pytest.mark.parametrize("style", STYLES)
async def test_every_style_passes(fleet: Fleet, tmp_path: Path, style: Style) -> None:
    scaffold("Acme Inc.", tmp_path / "new", style=style)
    assert await outcomes(fleet, tmp_path / "new") == (0, dict.fromkeys(SCENARIOS, "passed"))


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        ("alias: passOn,", "", {"alias"}),
        ("groupId: event.groupId, ", "", {"group"}),
        ("{ traits: event.traits });\n    }\n\n    track", "{});\n    }\n\n    track", {"identify"}),
        ("event: event.name, ", "", {"page"}),
        ('analytics.on("reset", () => client.reset());', "", {"reset"}),
        # calls that nobody made
        (
            "track: passOn,",
            'track: (context) => passOn(context) && (context.event.event === "Article Read" && client.track({'
            '...context.event, event: "Diary Read" }), context),',
            {"integrations gate", "reset"},
        ),
        ("properties: event.properties });\n    }\n\n    page", "});\n    }\n\n    page", {"order completed", "track"}),
    ],
)
async def test_every_scenario_can_fail(fleet: Fleet, tmp_path: Path, old: str, new: str, failing: set[str]) -> None:
    scaffold("Acme", tmp_path / "new")
    bundle = tmp_path / "new/web/acme.js"
    text = bundle.read_text()
    assert text.count(old) == 1
    bundle.write_text(text.replace(old, new))
    code, went = await outcomes(fleet, tmp_path / "new")
    assert code == 1
    assert {name for name, outcome in went.items() if outcome != "passed"} == failing
