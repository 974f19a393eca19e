"""Redaction at the recording boundary: judging sees everything as it was, what leaves the fleet holds no secret."""

from testbed.redaction.redactor import Redaction, Redactor, redaction

__all__ = ["Redaction", "Redactor", "redaction"]
