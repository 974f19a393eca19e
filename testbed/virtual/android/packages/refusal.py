"""An APK that is not installed: Android's own code and words (AOSP: android.content.pm.PackageManager)."""

from __future__ import annotations


class Refused(Exception):
    """`str()` is what stands in `Failure [...]`."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}" if message else code)


class Malformed(Exception):
    """A part of an APK that cannot be read, and why. Who reads the part knows what Android calls that."""
