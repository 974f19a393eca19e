"""`testbed new` makes a plugin that the reader takes, in every style; the example is what it makes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from testbed.errors import UsageError
from testbed.plugin import Platform, Style, load, manifest_schema, scaffold
from testbed.plugin.library import members
from testbed.plugin.scaffolding import PLATFORMS
from testbed.scenario import covers, load_scenarios
from tests.plugin.rawzip import Raw, build

ACME = Path(__file__).parents[2] / "examples/acme"
STYLES: tuple[Style, ...] = get_args(Style)


def tree(folder: Path) -> dict[str, bytes]:
    """The files, but for what is built."""
    files = ((path.relative_to(folder), path) for path in folder.rglob("*") if path.is_file())
    return {name.as_posix(): path.read_bytes() for name, path in files if "build" not in name.parts}


def test_the_example_is_what_new_makes(tmp_path: Path) -> None:
    written = scaffold("Acme", tmp_path / "acme", platforms=PLATFORMS)
    assert sorted(written) == sorted(path for path in (tmp_path / "acme").rglob("*") if path.is_file())
    assert tree(ACME) == tree(tmp_path / "acme"), "make it anew: make acme"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("name", "entry", "slug", "library"),
    [
        ("Acme", "web/acme.js", "acme", "acme"),
        ("Acme Inc.", "web/acme-inc.js", "acme-inc", "acmeInc"),
        ("acme.io", "web/acme-io.js", "acmeio", "acmeIo"),
        ("A_2.0-b", "web/a-2-0-b.js", "a_20-b", "a20B"),
    ],
)
def test_every_style_is_read(tmp_path: Path, style: Style, name: str, entry: str, slug: str, library: str) -> None:
    scaffold(name, tmp_path / "new", style=style)
    plugin = load(tmp_path / "new")
    target = plugin.manifest.targets["web"]
    assert (plugin.name, plugin.slug, target.style, target.entry) == (name, slug, style, entry)
    assert target.library == {"classic": None, "remote": f"{library}Destination", "register": f"{library}Plugin"}[style]
    global_ = f'window["{slug}Integration"] =' if style == "classic" else f"window.{target.library} ="
    assert global_ in plugin.files[entry].decode()
    assert not [file for file, content in tree(tmp_path / "new").items() if b"@NAME@" in content or b"@ID@" in content]


@pytest.mark.parametrize(
    ("platforms", "targets", "scenarios"),
    [
        (("web",), {"web"}, {"alias", "page"}),
        (("android",), {"android-java", "android-kotlin"}, {"alias on a phone", "screen"}),
        (PLATFORMS, {"web", "android-java", "android-kotlin"}, {"alias", "page", "alias on a phone", "screen"}),
    ],
)
def test_each_platform_has_its_targets_and_scenarios(
    tmp_path: Path, platforms: tuple[Platform, ...], targets: set[str], scenarios: set[str]
) -> None:
    scaffold("Acme Inc.", tmp_path / "new", platforms=platforms)
    if "android" in platforms:  # in place of what Maven builds
        jar = tmp_path / "new/android/build/acme-inc.jar"
        jar.parent.mkdir()
        jar.write_bytes(build([Raw(name=b"com/example/plugin/AcmeIncIntegration.class")]))
    plugin = load(tmp_path / "new")
    assert set(plugin.manifest.targets) == targets
    everywhere = {"group", "identify", "integrations gate", "order completed", "reset", "track"}
    found = load_scenarios(plugin.files)
    assert {scenario.name for scenario in found} == everywhere | scenarios
    for scenario in found:
        assert any(covers(scenario.targets, target) for target in plugin.manifest.targets.values()), scenario.name


def test_the_factories_are_in_what_maven_builds_of_the_example() -> None:
    plugin = load(ACME)
    classes = members(plugin.files["android/build/acme.jar"])
    for target in ("android-java", "android-kotlin"):
        named = plugin.manifest.targets[target].factory.removesuffix(".FACTORY")
        assert f"{named.replace('.', '/')}.class" in classes


@pytest.mark.parametrize("style", STYLES)
def test_the_bundle_is_javascript(tmp_path: Path, style: Style) -> None:
    node = shutil.which("node")
    assert node is not None, "Node builds the web harness: `make setup` installs it"
    scaffold("Acme", tmp_path / "acme", style=style)
    subprocess.run([node, "--check", tmp_path / "acme/web/acme.js"], check=True)


def test_each_supported_call_has_a_scenario(tmp_path: Path) -> None:
    scaffold("Acme", tmp_path / "acme")
    plugin = load(tmp_path / "acme")
    scenarios = load_scenarios(plugin.files)
    expected = {call.kind for scenario in scenarios for call in scenario.expect.vendor or ()}
    assert expected == set(plugin.manifest.calls)
    assert {"order completed", "integrations gate", "reset"} <= {scenario.name for scenario in scenarios}


def test_hints_for_editors_lead_to_the_schemas(tmp_path: Path) -> None:
    scaffold("Acme", tmp_path / "acme")
    hints = {"plugin.toml": "#:schema ", "scenarios/track.yaml": "# yaml-language-server: $schema="}
    for name, hint in hints.items():
        first = (tmp_path / "acme" / name).read_text().splitlines()[0]
        assert first.startswith(hint)
        assert ((tmp_path / "acme" / name).parent / first.removeprefix(hint)).is_file()
    assert manifest_schema()["title"] == "plugin.toml"


@pytest.mark.parametrize(
    ("name", "style", "says"),
    [
        ("", "remote", "'' does not do as a plugin's name"),
        (" Acme", "remote", "does not do as a plugin's name"),
        ('Ac"me', "remote", "does not do as a plugin's name"),
        ("../acme", "remote", "does not do as a plugin's name"),
        ("4ever", "remote", "does not do as a plugin's name"),
        ("a" * 51, "remote", "does not do as a plugin's name"),
        # names that mean something to Segment's SDKs
        ("All", "remote", "'All' has a meaning of its own"),
        ("Segment Acme", "classic", "analytics.js never loads a classic plugin named 'Segment Acme'"),
        ("Acme", "modern", "no style 'modern'"),
    ],
)
def test_names_that_do_not_do(tmp_path: Path, name: str, style: Style, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        scaffold(name, tmp_path / "new", style=style)
    assert says in caught.value.message
    assert caught.value.fix
    assert not (tmp_path / "new").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for into in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(UsageError, match="is there already and not empty"):
            scaffold("Acme", into)
    assert tree(tmp_path) == {"notes.txt": b"mine"}
