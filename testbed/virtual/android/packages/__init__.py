"""The package manager: reads APKs as Android does, refuses what Android refuses, and keeps what is installed."""

from testbed.virtual.android.packages.manager import Installed, PackageManager
from testbed.virtual.android.packages.manifest import Manifest
from testbed.virtual.android.packages.refusal import Refused

__all__ = ["Installed", "Manifest", "PackageManager", "Refused"]
