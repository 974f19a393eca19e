"""The identity that the browser shows is one: user agent and client hints say the same."""

from __future__ import annotations

import pytest

from testbed.devices.chromium.agent import UserAgent

LINUX = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.7339.82 Safari/537.36"
)
MAC = LINUX.replace("X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15_7")


@pytest.mark.parametrize(("user_agent", "platform"), [(LINUX, "Linux"), (MAC, "macOS")])
def test_the_override(user_agent: str, platform: str):
    shown = UserAgent(product="HeadlessChrome/140.0.7339.82", user_agent=user_agent).override()
    hints = shown["userAgentMetadata"]
    assert shown["userAgent"] == user_agent.replace("HeadlessChrome/140.0.7339.82", "Chrome/140.0.0.0")
    assert hints["platform"] == platform
    assert {"brand": "Google Chrome", "version": "140"} in hints["brands"]
    assert {"brand": "Google Chrome", "version": "140.0.7339.82"} in hints["fullVersionList"]
