"""Segment's Spec, as far as it can be checked on a call: see `rules.RULES` for the list, in order."""

from testbed.segment.spec.rules import refused, validate

__all__ = ["refused", "validate"]
