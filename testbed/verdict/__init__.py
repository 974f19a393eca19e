"""Judging: evidence in, checks and a verdict out. Pure, and over raw data in memory."""

from typing import TYPE_CHECKING

from testbed.lazy import lazily
from testbed.verdict.model import Check, CheckOutcome, Difference, Evidence, Outcome, Played, Verdict

if TYPE_CHECKING:
    from testbed.verdict.conclusion import conclude
    from testbed.verdict.correlation import correlate
    from testbed.verdict.differences import stale_differences
    from testbed.verdict.expectations.device import probes
    from testbed.verdict.judging import judge
    from testbed.verdict.repetition import differing

__all__ = [
    "Check",
    "CheckOutcome",
    "Difference",
    "Evidence",
    "Outcome",
    "Played",
    "Verdict",
    "conclude",
    "correlate",
    "differing",
    "judge",
    "probes",
    "stale_differences",
]

__getattr__ = lazily(
    __name__,
    {
        "conclude": "conclusion",
        "correlate": "correlation",
        "differing": "repetition",
        "judge": "judging",
        "probes": "expectations.device",
        "stale_differences": "differences",
    },
)
