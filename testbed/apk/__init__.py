"""A plugin and Segment's SDK to an APK that any Android device installs."""

from testbed.apk.building import Apk, build, prepare
from testbed.apk.tools import find_tools

__all__ = ["Apk", "build", "find_tools", "prepare"]
