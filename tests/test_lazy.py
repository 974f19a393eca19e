"""Packages that open late: every name is there, and none of them is a submodule's."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import pytest

LATE = [
    import_module(f"testbed.{name}")
    for name in ("artifacts", "capture", "lenses", "plugin", "scenario", "segment", "verdict")
]

HEAVY = {"mitmproxy", "ruamel", "jmespath", "asyncio", "starlette", "uvicorn", "pyppeteer"}


@pytest.mark.parametrize("package", LATE, ids=lambda package: package.__name__)
def test_every_name_is_there_and_is_no_submodule(package: ModuleType):
    assert not any(isinstance(getattr(package, name), ModuleType) for name in package.__all__)
    assert not set(package.__all__) & {module.name for module in iter_modules(package.__path__)}


@pytest.mark.parametrize("package", LATE, ids=lambda package: package.__name__)
def test_another_name_is_an_attribute_error(package: ModuleType):
    with pytest.raises(AttributeError, match=rf"module '{package.__name__}' has no attribute 'no_such'"):
        package.no_such  # noqa: B018


def test_who_only_reads_events_pays_for_nothing_heavy():
    """The thin client does no more before it is connected."""
    script = "import sys, testbed.events; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert not HEAVY & set(done.stdout.split())
