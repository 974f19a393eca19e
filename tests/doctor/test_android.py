"""What Android devices need: found, or told with the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.doctor import android


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("TESTBED_ADB", "ANDROID_HOME", "ANDROID_SDK_ROOT", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


def tool(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_nothing_of_it_is_required():
    assert not any(check.required for check in android.examine())


def test_the_adb_that_comes_with_testbed_is_there():
    found = android.adb()
    assert found.ok
    assert "adbutils" in found.found


@pytest.mark.parametrize(
    ("script", "ok", "says"),
    [
        ("echo 'Android Debug Bridge version 1.0.41'; echo 'Version 36.0.0'", True, "36.0.0"),
        ("exit 1", False, "does not start"),
        ("\x7fELF", False, "does not start"),
    ],
)
def test_an_adb_of_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, ok: bool, says: str):
    monkeypatch.setenv("TESTBED_ADB", str(tool(tmp_path / "adb", script)))
    found = android.adb()
    assert (found.ok, says in found.found) == (ok, True)


def test_an_adb_that_is_not_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_ADB", "/nowhere")
    found = android.adb()
    assert (found.ok, "/nowhere" in found.found) == (False, True)
    assert "TESTBED_ADB" in found.fix


@pytest.mark.parametrize(
    ("says", "ok"),
    [
        ('openjdk version "17.0.9" 2023-10-17', True),
        ('openjdk version "21" 2023-09-19', True),
        ('openjdk version "11.0.2" 2019-01-15', False),
        ('java version "1.8.0_292"', False),
        ("no such", False),
    ],
)
def test_a_jdk(tmp_path: Path, says: str, ok: bool):
    tool(tmp_path / "java", f"echo '{says}' >&2")
    assert android.jdk().ok == ok


def test_no_jdk():
    found = android.jdk()
    assert (found.ok, found.found) == (False, "none")


def test_a_jdk_by_java_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    tool(tmp_path / "jdk" / "bin" / "java", """echo 'openjdk version "17.0.9"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert android.jdk().ok


def test_the_build_tools(tmp_path: Path):
    assert [android.build_tool(name).ok for name in ("aapt", "apksigner")] == [False, False]
    tool(tmp_path / "aapt")
    assert [android.build_tool(name).ok for name in ("aapt", "apksigner")] == [True, False]
    assert "apt-get install apksigner" in android.build_tool("apksigner").fix


def test_an_sdk_with_an_emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert android.sdk().found == "none"
    monkeypatch.setenv("ANDROID_HOME", str(tmp_path / "sdk"))
    assert android.sdk().found == f"no emulator in {tmp_path / 'sdk'}"
    program = tool(tmp_path / "sdk" / "emulator" / "emulator")
    found = android.sdk()
    assert (found.ok, found.found) == (True, str(program))


def test_kvm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("testbed.devices.android.hardware.emulator.KVM", str(tmp_path / "kvm"))
    assert android.kvm().found == f"{tmp_path / 'kvm'} is not there"
    (tmp_path / "kvm").touch()
    assert android.kvm().ok
