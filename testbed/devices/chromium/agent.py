"""The identity that the browser shows: that of the Chrome it is, without the word Headless."""

from __future__ import annotations

import re
from typing import Any

import msgspec


class UserAgent(msgspec.Struct, frozen=True, kw_only=True):
    """From Browser.getVersion: `product` is `HeadlessChrome/156.0.8078.79`."""

    product: str
    user_agent: str

    def override(self) -> dict[str, Any]:
        """The parameters of Emulation.setUserAgentOverride. Flags alone leave HeadlessChrome among the brands, and
        vendors that see it go silent (posthog-js, Plausible)."""
        version = self.product.rpartition("/")[2]
        major = version.partition(".")[0]
        brands = [("Chromium", major), ("Google Chrome", major), ("Not?A_Brand", "24")]
        return {
            # Chrome reduces the version to its major number in the user agent (User-Agent reduction).
            "userAgent": re.sub(r"Chrome/[\d.]+", f"Chrome/{major}.0.0.0", self.user_agent.replace("Headless", "")),
            "acceptLanguage": "en-US,en",
            "userAgentMetadata": {
                "brands": [{"brand": brand, "version": number} for brand, number in brands],
                "fullVersionList": [
                    {"brand": brand, "version": version if number == major else f"{number}.0.0.0"}
                    for brand, number in brands
                ],
                "platform": "macOS" if "Macintosh" in self.user_agent else "Linux",
                "platformVersion": "",
                "architecture": "x86",
                "bitness": "64",
                "model": "",
                "mobile": False,
            },
        }
