"""Finding the plugin that a command means."""

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


def zip_of(plugin: Path) -> bytes:
    """The plugin's zip: the file as it is, or the folder packed. Raises UsageError where there is nothing."""
    from testbed.plugin import pack
    from testbed.plugin.archive import MAX_ARCHIVE

    if plugin.is_dir():
        return pack(plugin)
    try:
        with plugin.open("rb") as file:
            return file.read(MAX_ARCHIVE + 1)  # one more than is allowed, so that the reader sees that it is too large
    except OSError as error:
        raise UsageError(f"{plugin} cannot be read: {error.strerror}", fix="name a plugin.zip or a folder") from error
