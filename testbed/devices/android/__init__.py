"""The Android platform: apps driven over adb, on whatever answers there."""

from testbed.devices.android.device import AndroidDevice
from testbed.devices.android.driver import AndroidDriver

__all__ = ["AndroidDevice", "AndroidDriver"]
