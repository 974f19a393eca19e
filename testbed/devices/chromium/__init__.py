"""The web platform: Chromium, driven over CDP by pyppeteer."""

from testbed.devices.chromium.device import ChromiumDevice
from testbed.devices.chromium.driver import ChromiumDriver
from testbed.devices.chromium.find import find_browser

__all__ = ["ChromiumDevice", "ChromiumDriver", "find_browser"]
