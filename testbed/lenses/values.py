"""Reading values that a stranger sent: of the wanted shape, or nothing."""

from __future__ import annotations

import re
from typing import Any


def mapping(value: Any) -> dict[str, Any]:
    """`value` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """`value` as text: identifiers come as strings or as numbers."""
    return None if value is None else str(value)


def number(value: Any) -> Any:
    """A number that was sent as text, as JavaScript writes it; anything else as it is, so that a wrong type shows."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,40}(\.\d+)?(e[+-]?\d{1,2})?", value):
        return value
    return int(value) if re.fullmatch(r"-?\d+", value) else float(value)


def hundredth(value: Any) -> Any:
    """Cents as the amount; what is no number as it is."""
    amount = number(value)
    if isinstance(amount, bool) or not isinstance(amount, int | float) or abs(amount) > 1e300:
        return value
    return amount / 100
