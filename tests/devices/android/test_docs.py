"""docs/android.md has the profiles, the steps and the versions that there are."""

from __future__ import annotations

import re
from pathlib import Path

from testbed.plugin.check import check
from testbed.plugin.manifest import read_manifest
from testbed.scenario.playing import STEPS
from testbed.virtual import android
from tests.plugin.rawzip import Raw, build

PAGE = (Path(__file__).parents[3] / "docs/android.md").read_text(encoding="utf-8")
POM = (Path(__file__).parents[3] / "harnesses/android/pom.xml").read_text(encoding="utf-8")


def test_every_profile_and_no_other() -> None:
    profiles = {path.stem for path in (Path(android.__file__).parent / "profiles").glob("*.toml")}
    assert set(re.findall(r"`((?:pixel|galaxy)-[\w-]+)`", PAGE)) == profiles


def test_every_step() -> None:
    table = PAGE.split("## Steps")[1].split("\n## ")[0]
    named = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named - {"options", "integrations"} == set(STEPS)


def test_the_versions_are_those_that_the_app_is_built_with() -> None:
    for sdk in ("analytics-android", "analytics-kotlin"):
        (version,) = re.findall(rf"<{sdk}\.version>([\d.]+)<", POM)
        assert f"{sdk} {version}" in PAGE


def test_the_example_is_read() -> None:
    (target,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    manifest, places = read_manifest(f'name = "Acme"\nversion = "1"\n{target}'.encode())
    jar = build([Raw(name=b"com/acme/segment/AcmeIntegration.class")])
    lock = b'{"targets": {"android-java": ["maven/acme.jar"]}}'
    check(manifest, {"android/build/acme.jar": jar, "maven/acme.jar": jar, "maven/classpath.json": lock}, places)
