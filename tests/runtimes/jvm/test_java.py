"""Which Java is taken, and what is said where there is none that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.errors import EnvironmentFault
from testbed.runtimes.jvm import Jars, Java


def jdk(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    program.touch()
    program.chmod(0o755)
    (folder / "release").write_text(f'IMPLEMENTOR="Acme"\nJAVA_VERSION="{version}"\n')
    return folder


@pytest.mark.parametrize(("version", "number"), [("17.0.15", 17), ("21", 21), ("25-ea", 25)])
def test_by_java_home_and_by_path(tmp_path: Path, version: str, number: int):
    home = jdk(tmp_path / "jdk", version)
    link = tmp_path / "bin"
    link.mkdir()
    (link / "java").symlink_to(home / "bin" / "java")
    for environment in ({"JAVA_HOME": str(home)}, {"PATH": str(link)}):
        java = Java.found(environment)
        assert (java.home, java.version) == (home, number)


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.2"])
def test_one_that_is_too_old(tmp_path: Path, version: str):
    with pytest.raises(EnvironmentFault, match="too old") as caught:
        Java.found({"JAVA_HOME": str(jdk(tmp_path / "jdk", version))})
    assert "openjdk-17" in str(caught.value.fix)


def test_none(tmp_path: Path):
    for environment in ({"PATH": str(tmp_path)}, {"JAVA_HOME": str(tmp_path)}):
        with pytest.raises(EnvironmentFault, match="no Java"):
            Java.found(environment)


def test_its_configuration_may_lie_elsewhere(tmp_path: Path):
    """As Debian's does: a jail has to let it be read."""
    home, etc = jdk(tmp_path / "jdk", "17"), tmp_path / "etc"
    (etc / "security").mkdir(parents=True)
    (etc / "security" / "java.security").touch()
    (home / "conf").mkdir()
    (home / "conf" / "security").symlink_to(etc / "security")
    assert Java.found({"JAVA_HOME": str(home)}).reads == (str(home), str(etc / "security"))


def test_an_api_level_that_nobody_has_the_framework_of(jars: Jars):
    with pytest.raises(EnvironmentFault, match="no framework of API level 19: there are those of 30, 34"):
        jars.framework(19)
