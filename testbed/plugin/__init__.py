"""plugin.zip: the manifest, safe reading, packing, and a project to start from."""

from testbed.plugin.load import load, read_zip
from testbed.plugin.model import (
    PLATFORM_OF,
    CallType,
    Differs,
    Egress,
    Kind,
    Manifest,
    Platform,
    Plugin,
    Sdk,
    Stub,
    Style,
    Subscription,
    Target,
)
from testbed.plugin.pack import pack

__all__ = [
    "PLATFORM_OF",
    "CallType",
    "Differs",
    "Egress",
    "Kind",
    "Manifest",
    "Platform",
    "Plugin",
    "Sdk",
    "Stub",
    "Style",
    "Subscription",
    "Target",
    "load",
    "pack",
    "read_zip",
]
