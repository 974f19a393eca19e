"""Judging: evidence in, checks and a verdict out. Pure, and over raw data in memory."""

from testbed.verdict.conclusion import conclude
from testbed.verdict.correlation import correlate
from testbed.verdict.differing import stale_differences
from testbed.verdict.expectations.device import probes
from testbed.verdict.intents import Intent, intents
from testbed.verdict.judge import judge
from testbed.verdict.matching import compare
from testbed.verdict.model import Check, CheckOutcome, Difference, Evidence, Outcome, Played, Verdict
from testbed.verdict.repetition import differing

__all__ = [
    "Check",
    "CheckOutcome",
    "Difference",
    "Evidence",
    "Intent",
    "Outcome",
    "Played",
    "Verdict",
    "compare",
    "conclude",
    "correlate",
    "differing",
    "intents",
    "judge",
    "probes",
    "stale_differences",
]
