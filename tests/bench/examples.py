"""What is measured with: examples and scenarios of theirs."""

from __future__ import annotations

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"

ORDER = "order completed"
"""The scenario of examples/acme that both sides play."""
