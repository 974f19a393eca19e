"""A plugin and Segment's SDK to an APK that any Android device installs."""

from testbed.apk.building import Apk, build, prepare

__all__ = ["Apk", "build", "prepare"]
