"""Lenses: what a vendor's request means, in Segment's own vocabulary. A file a vendor."""

from typing import TYPE_CHECKING

from testbed.lazy import lazily
from testbed.lenses.api import JUDGED, Kind, Lens, Reading, VendorCall

if TYPE_CHECKING:
    from testbed.lenses.reading import default_stub, lenses_for, read, relate

__all__ = ["JUDGED", "Kind", "Lens", "Reading", "VendorCall", "default_stub", "lenses_for", "read", "relate"]

__getattr__ = lazily(__name__, dict.fromkeys(("default_stub", "lenses_for", "read", "relate"), "reading"))
