"""Lenses: what a vendor's request means, in Segment's own vocabulary. A file a vendor."""

from testbed.lenses.api import JUDGED, Kind, Lens, Reading, VendorCall
from testbed.lenses.reading import default_stub, lenses_for, read, relate

__all__ = ["JUDGED", "Kind", "Lens", "Reading", "VendorCall", "default_stub", "lenses_for", "read", "relate"]
