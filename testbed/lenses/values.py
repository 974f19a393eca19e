"""Reading values that a stranger sent: of the wanted shape, or nothing."""

from __future__ import annotations

from typing import Any


def mapping(value: Any) -> dict[str, Any]:
    """`value` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """`value` as text: identifiers come as strings or as numbers."""
    return None if value is None else str(value)
