from __future__ import annotations

import os
from pathlib import Path

import pytest

from testbed.apk import parts
from testbed.artifacts.cache import cache_root
from tests.apk.compiled import jar

STAND_IN = {
    "dev.testbed.app.MainActivity": "package dev.testbed.app; public class MainActivity {}",
    "dev.testbed.app.HarnessApplication": "package dev.testbed.app; public class HarnessApplication {}",
}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of built files, beside the artifacts that the machine has; and an app to build with."""
    (tmp_path / "testbed").mkdir()
    (tmp_path / "testbed" / "maven").symlink_to(cache_root() / "maven")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assets = tmp_path / "assets"
    assets.mkdir()
    for name in ("app-java", "app-kotlin"):
        (assets / f"{name}.jar").write_bytes(jar(STAND_IN))
    (assets / "shims.jar").write_bytes(jar({"androidx.Shim": "package androidx; public class Shim {}"}))
    monkeypatch.setattr(parts, "ASSETS", assets)
    return tmp_path / "testbed" / "apk"


@pytest.fixture
def env() -> dict[str, str]:
    return {"PATH": os.environ["PATH"]}
