"""The identity that the browser shows is one: user agent and client hints say the same."""

from __future__ import annotations

import pytest

from testbed.devices.chromium.agent import UserAgent

LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
MAC = LINUX.replace("X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15_7")


@pytest.mark.parametrize(("mac", "text", "platform"), [(False, LINUX, "Linux"), (True, MAC, "macOS")])
def test_the_override(mac: bool, text: str, platform: str):
    shown = UserAgent(version="140.0.7339.82", mac=mac).override()
    hints = shown["userAgentMetadata"]
    assert shown["userAgent"] == text
    assert hints["platform"] == platform
    assert {"brand": "Google Chrome", "version": "140"} in hints["brands"]
    assert {"brand": "Google Chrome", "version": "140.0.7339.82"} in hints["fullVersionList"]


BRANDS = [
    # (major version, the brands of a Chromium of that version, as it sends them itself)
    (120, '"Not_A Brand";v="8", "Chromium";v="120", "Google Chrome";v="120"'),
    (124, '"Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99"'),
    (131, '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"'),
    (156, '"Not:A-Brand";v="8", "Chromium";v="156", "Google Chrome";v="156"'),
]


@pytest.mark.parametrize(("major", "sent"), BRANDS)
def test_the_brands_are_those_of_a_chrome_of_that_version(major: int, sent: str):
    hints = UserAgent(version=f"{major}.0.1.2").override()["userAgentMetadata"]
    assert ", ".join(f'"{each["brand"]}";v="{each["version"]}"' for each in hints["brands"]) == sent


def test_what_the_browser_calls_itself():
    assert UserAgent.of("HeadlessChrome/156.0.8078.79").version == "156.0.8078.79"
    assert UserAgent.of("Google Chrome 140.0.7339.82 \n").version == "140.0.7339.82"
    with pytest.raises(ValueError, match="no version"):
        UserAgent.of("no such thing")
