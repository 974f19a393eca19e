"""plugin.zip: the manifest, safe reading, packing, and a project to start from."""

from typing import TYPE_CHECKING

from testbed.lazy import lazily
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

if TYPE_CHECKING:
    from testbed.plugin.loading import load, read_zip, zip_of
    from testbed.plugin.packing import pack
    from testbed.plugin.scaffolding import scaffold
    from testbed.plugin.schema import manifest_schema

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
    "manifest_schema",
    "pack",
    "read_zip",
    "scaffold",
    "zip_of",
]

__getattr__ = lazily(
    __name__,
    {
        "load": "loading",
        "read_zip": "loading",
        "zip_of": "loading",
        "pack": "packing",
        "scaffold": "scaffolding",
        "manifest_schema": "schema",
    },
)
