from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from testbed.apk import parts, prepare
from testbed.artifacts.cache import cache_root
from tests.apk.compiled import jar

STAND_IN = {
    "dev.testbed.app.MainActivity": "package dev.testbed.app; public class MainActivity {}",
    "dev.testbed.app.HarnessApplication": "package dev.testbed.app; public class HarnessApplication {}",
}


@pytest.fixture(scope="session")
def env() -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"]}


@pytest.fixture(scope="session")
def machine(env: Mapping[str, str]) -> Path:
    """The cache of this machine, as `testbed setup android` leaves it."""
    asyncio.run(prepare(env, told=lambda _: None))
    return cache_root()


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A harness app that is no more than its classes' names."""
    assets = tmp_path_factory.mktemp("assets")
    for name in ("app-java", "app-kotlin"):
        (assets / f"{name}.jar").write_bytes(jar(STAND_IN))
    (assets / "shims.jar").write_bytes(jar({"androidx.Shim": "package androidx; public class Shim {}"}))
    return assets


@pytest.fixture
def store(machine: Path, stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of built files with no APK in it."""
    own = tmp_path / "testbed"
    (own / "apk").mkdir(parents=True)
    (own / "maven").symlink_to(machine / "maven")
    for made in [*(machine / "apk").glob("*.dex.zip"), *(machine / "apk").glob("*.p12")]:
        (own / "apk" / made.name).write_bytes(made.read_bytes())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(parts, "ASSETS", stand_in)
    return own / "apk"
