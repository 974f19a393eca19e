"""The identity that the browser shows: that of the Chrome it would be with a window, everywhere alike.

Vendors go silent when they see automation (posthog-js, Plausible). The user agent is a flag of the browser, since
shared and service workers take it from nowhere else; the client hints (navigator.userAgentData, Sec-CH-UA) only CDP can
set, for a page with its dedicated workers and for each other worker by itself.
"""

from __future__ import annotations

import platform
import re
import sys
from typing import Any

import msgspec

LANGUAGES = "en-US,en"

_GREASE = " (:-./);=?_"
_GREASE_VERSIONS = ("8", "99", "24")
_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


class UserAgent(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is the browser's, in full (`156.0.8078.79`)."""

    version: str
    mac: bool = sys.platform == "darwin"

    @classmethod
    def of(cls, product: str) -> UserAgent:
        """From what the browser calls itself: `HeadlessChrome/156.0.8078.79`, `Google Chrome 156.0.8078.79`. Raises
        ValueError where that holds no version."""
        found = re.search(r"\d+(\.\d+){3}", product)
        if found is None:
            raise ValueError(f"no version in {product!r}")
        return cls(version=found[0])

    @property
    def text(self) -> str:
        """The User-Agent header. Chrome has frozen all in it but the major version (User-Agent reduction)."""
        system = "Macintosh; Intel Mac OS X 10_15_7" if self.mac else "X11; Linux x86_64"
        major = self.version.partition(".")[0]
        return f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"

    def override(self) -> dict[str, Any]:
        """The parameters of Emulation.setUserAgentOverride: without it HeadlessChrome stands among the brands."""
        brands = self._brands()
        return {
            "userAgent": self.text,
            "acceptLanguage": LANGUAGES,
            "userAgentMetadata": {
                "brands": [{"brand": brand, "version": full.partition(".")[0]} for brand, full in brands],
                "fullVersionList": [{"brand": brand, "version": full} for brand, full in brands],
                "platform": "macOS" if self.mac else "Linux",
                "platformVersion": platform.mac_ver()[0] if self.mac else "",  # empty on Linux, as Chrome has it
                "architecture": "arm" if platform.machine() in {"arm64", "aarch64"} else "x86",
                "bitness": "64",
                "model": "",
                "mobile": False,
                "formFactors": ["Desktop"],
            },
        }

    def _brands(self) -> list[tuple[str, str]]:
        """The brands of Chrome, each with its full version. The major version decides on their order and on the one
        that is made up (Chromium, components/embedder_support/user_agent_utils.cc)."""
        seed = int(self.version.partition(".")[0])
        made_up = f"Not{_GREASE[seed % 11]}A{_GREASE[(seed + 1) % 11]}Brand"
        brands = [
            (made_up, f"{_GREASE_VERSIONS[seed % 3]}.0.0.0"),
            ("Chromium", self.version),
            ("Google Chrome", self.version),
        ]
        placed = dict(zip(_ORDERS[seed % 6], brands, strict=True))
        return [placed[place] for place in range(3)]
