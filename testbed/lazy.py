"""Packages whose doors open only when somebody goes through: a thin client, which reads types alone, must not pay for
parsers, proxies and schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A `__getattr__` for the `__init__` of `package` (PEP 562): each name is imported from its submodule when it is
    first asked for. A name must not be that of a submodule, which would take its place once it is imported."""

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return get
