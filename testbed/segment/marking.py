"""How an SDK tells Segment that a destination gets a call from the device, so that the servers leave it alone."""

from __future__ import annotations

from testbed.segment.model import SegmentCall


def told_by_device(call: SegmentCall, name: str) -> bool:
    """Whether the call says so of the destination `name`: by the list that analytics.js, -kotlin and -swift put into
    `_metadata.bundled` (DestinationMetadataPlugin), or, as analytics-android and -ios do, by a switch in the call's
    integrations that is off (SegmentIntegration.performEnqueue)."""
    metadata = call.raw.get("_metadata")
    bundled = metadata.get("bundled") if isinstance(metadata, dict) else None
    return (isinstance(bundled, list) and name in bundled) or call.integrations.get(name) is False
