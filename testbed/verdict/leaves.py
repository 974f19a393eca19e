"""The distinguishing values in a call's properties, as tokens that survive what a vendor does to their shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# A value of fewer characters says nothing without its key: 1, "US", true.
_TELLING = 4


def tokens(properties: Any) -> frozenset[str]:
    """`key=value` of each leaf, and `=value` of those that tell something by themselves. Numbers and their text give
    one token, so that a call whose number was sent as text is still recognised."""
    found: set[str] = set()
    for key, value in leaves(properties):
        if value is None or value == "":
            continue
        text = _text(value)
        found.add(f"{key.lower().lstrip('$')}={text}")
        if len(text) >= _TELLING and not isinstance(value, bool):
            found.add(f"={text}")
    return frozenset(found)


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Each scalar below `value`, with the nearest key above it."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, name)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item, key)
    else:
        yield key, value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
