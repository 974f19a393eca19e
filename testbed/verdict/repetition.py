"""What the repetitions of one scenario came to, and in what they differ: --repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from testbed.verdict.model import Check, Verdict

Key = tuple[str, str, int | None, str]


def differing(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """What not all of `verdicts`, which are of one scenario on one target, came to: a sentence each, none where all
    came to the same. A check is compared by its outcome, not by its message: that may hold what no two runs share."""
    return tuple(_told(verdicts))


def _told(verdicts: Sequence[Verdict]) -> Iterator[str]:
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    if len(outcomes) > 1:
        for outcome, count in outcomes.items():
            if outcome != "passed":
                error = next((verdict.error for verdict in verdicts if verdict.outcome == outcome), "")
                yield f"{outcome} in {count} of {len(verdicts)}" + (f": {error}" if error else "")
    counts = [Counter(map(_key, _told_of(verdict))) for verdict in verdicts]
    first = {_key(check): check for verdict in reversed(verdicts) for check in reversed(_told_of(verdict))}
    for key in dict.fromkeys(key for count in counts for key in count):
        if len({count[key] for count in counts}) > 1:
            seen, check = sum(bool(count[key]) for count in counts), first[key]
            often = f"in {seen} of {len(verdicts)}" if seen < len(verdicts) else "not equally often"
            yield f"{check.id} {check.outcome} {often}: {check.message}"


def _told_of(verdict: Verdict) -> list[Check]:
    return [check for check in verdict.checks if check.outcome != "passed"]


def _key(check: Check) -> Key:
    return check.id, check.name, check.step, check.outcome
