"""What `-d` may say: `web`, `android:pixel-8-api34` (a profile), `android=SERIAL` (an address)."""

from __future__ import annotations

from testbed.devices.api import DeviceSpec
from testbed.errors import UsageError
from testbed.plugin.model import PLATFORM_OF, Platform

PLATFORMS: tuple[Platform, ...] = tuple(dict.fromkeys(PLATFORM_OF.values()))


def parse_spec(text: str) -> DeviceSpec:
    """The spec that `text` writes. Raises UsageError, naming the platforms."""
    name, mark, rest = text, "", ""
    for position, character in enumerate(text):
        if character in ":=":
            name, mark, rest = text[:position], character, text[position + 1 :]
            break
    platform = next((p for p in PLATFORMS if p == name), None)
    if platform is None or (mark and not rest):
        raise UsageError(
            f"-d {text!r} names no device",
            fix=f"PLATFORM, PLATFORM:PROFILE or PLATFORM=ADDRESS, of {', '.join(PLATFORMS)}",
        )
    return DeviceSpec(platform=platform, profile=rest if mark == ":" else "", address=rest if mark == "=" else "")
