"""The plugin that a command means where it names none."""

from __future__ import annotations

from pathlib import Path

from testbed.errors import UsageError


def plugin_here() -> Path:
    """The nearest folder with a plugin.toml, from the current one upward. Raises UsageError where there is none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "plugin.toml").is_file():
            return folder
    raise UsageError("no plugin.toml here or above", fix="name the plugin, or begin one with testbed new NAME")
