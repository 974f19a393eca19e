"""Phones, and what is installed on them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from testbed.virtual.android import Phone
from tests.virtual.android.apks import Maker
from tests.virtual.android.phones import FakeRuntime, install


@pytest.fixture(scope="session")
def apk() -> Iterator[Maker]:
    with tempfile.TemporaryDirectory(prefix="apks-") as folder:
        yield Maker(Path(folder))


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
async def phone(runtime: FakeRuntime) -> AsyncIterator[Phone]:
    async with Phone("pixel-8-api34", runtime, serial="PHONE1") as phone:
        yield phone


@pytest.fixture
async def ready(phone: Phone, apk: Maker) -> Phone:
    """A phone with the app installed."""
    assert (await install(phone, apk())).out == "Success\n"
    return phone
