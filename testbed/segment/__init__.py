"""The Segment side: settings document, CDN, tracking API, Spec. Pure Request -> Response; no proxy in sight."""

from typing import TYPE_CHECKING

from testbed.lazy import lazily
from testbed.segment.model import Rule, SegmentCall

if TYPE_CHECKING:
    from testbed.segment.cloud import Cloud, CloudReply
    from testbed.segment.sdk import PINNED_VERSION, SdkFiles, bundled, installed, sdk_named
    from testbed.segment.spec import refused, validate
    from testbed.segment.tracking import carries_calls, read_calls

__all__ = [
    "PINNED_VERSION",
    "Cloud",
    "CloudReply",
    "Rule",
    "SdkFiles",
    "SegmentCall",
    "bundled",
    "carries_calls",
    "installed",
    "read_calls",
    "refused",
    "sdk_named",
    "validate",
]

__getattr__ = lazily(
    __name__,
    {
        **dict.fromkeys(("Cloud", "CloudReply"), "cloud"),
        **dict.fromkeys(("PINNED_VERSION", "SdkFiles", "bundled", "installed", "sdk_named"), "sdk"),
        **dict.fromkeys(("refused", "validate"), "spec"),
        **dict.fromkeys(("carries_calls", "read_calls"), "tracking"),
    },
)
