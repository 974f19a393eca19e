"""A virtual Android phone: the operating system behind adbd, as far as clients and apps can tell.

It installs real APKs by Android's own rules, starts them by an AppRuntime, and answers a shell. It is no emulator: no
machine code runs on it.
"""

from testbed.virtual.android.phone import Phone
from testbed.virtual.android.profile import Profile, profile, profiles

__all__ = ["Phone", "Profile", "profile", "profiles"]
