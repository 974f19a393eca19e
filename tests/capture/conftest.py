"""A capture that is up."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from testbed.capture import Capture


@pytest.fixture
async def capture() -> AsyncIterator[Capture]:
    async with Capture() as capture:
        yield capture
