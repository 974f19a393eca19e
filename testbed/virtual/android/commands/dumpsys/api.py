"""What a service is to dumpsys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone

Service = Callable[["Phone", Sequence[str]], str]
"""The dump, for some arguments."""


def short(component: str) -> str:
    """PACKAGE/.Class, where the class is in the package."""
    package, _, name = component.partition("/")
    return f"{package}/{name.removeprefix(package)}" if name.startswith(f"{package}.") else component
