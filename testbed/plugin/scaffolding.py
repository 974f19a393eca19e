"""`testbed new`: a plugin project that passes its own scenarios at once, and needs no Node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import get_args

import msgspec

from testbed.errors import PluginRefused, UsageError
from testbed.plugin.check import check
from testbed.plugin.manifest import FILE, read_manifest
from testbed.plugin.model import Style, slug_of
from testbed.plugin.schema import encoded_schema

_TARGET: Mapping[str, str] = {
    "classic": "",
    "remote": '\nlibrary = "{library}" # the global that the bundle sets',
    "register": '\nlibrary = "{library}" # the global that the bundle sets',
}
_CAMEL = re.compile(r"-([a-z0-9])")


def scaffold(name: str, into: Path, *, style: Style = "remote") -> list[Path]:
    """Writes the project of a plugin called `name` to the folder `into`, which must be new or empty, and gives the
    files. Raises UsageError for a name that does not do in file names, URLs and source code, and a folder in use."""
    if style not in get_args(Style):
        raise UsageError(f"no style {style!r}", fix=f"use one of {', '.join(get_args(Style))}")
    if not re.fullmatch(r"[A-Za-z](?:[A-Za-z0-9 ._-]{0,48}[A-Za-z0-9._-])?", name):
        fix = "begin with a letter; use at most 50 letters, digits, spaces, dots, dashes and underscores"
        raise UsageError(f"{name!r} does not do as a plugin's name", fix=fix)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"{into} is there already and not empty", fix="name a new folder")
    content = _content(name, style)
    try:
        manifest, places = read_manifest(content[FILE])
        check(manifest, content, places)
    except PluginRefused as error:  # a name that Segment's SDKs give a meaning of their own
        raise UsageError(error.message, fix=error.fix) from error
    for path, data in content.items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(data)
    return [into / path for path in content]


def _content(name: str, style: Style) -> dict[str, bytes]:
    words = _words(name, style)
    template = files("testbed.plugin") / "template"
    bundle = _text(template / "web" / "client.js", words) + _text(template / "web" / f"{style}.js", words)
    scenarios = sorted((template / "scenarios").iterdir(), key=lambda file: file.name)
    return {
        FILE: _text(template / "plugin.toml", words).encode(),
        "README.md": _text(template / "README.md", words).encode(),
        f"web/{words['ID']}.js": bundle.encode(),
        **{f"scenarios/{file.name}": _text(file, words).encode() for file in scenarios},
        ".testbed/schema/plugin.schema.json": encoded_schema(),
        ".testbed/schema/scenario.schema.json": _scenario_schema(),
    }


def _words(name: str, style: Style) -> dict[str, str]:
    """What the template's @WORDS@ stand for. None of them needs quoting in TOML, YAML, JavaScript or a host name."""
    identifier = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    library = _CAMEL.sub(lambda match: match[1].upper(), identifier) + (
        "Destination" if style == "remote" else "Plugin"
    )
    return {
        "NAME": name,
        "ID": identifier,
        "SLUG": slug_of(name),
        "STYLE": style,
        "LIBRARY": library,
        "LIBRARY_LINE": _TARGET[style].format(library=library),
    }


def _text(file: Traversable, words: Mapping[str, str]) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda match: words[match[1]], file.read_text(encoding="utf-8"))


def _scenario_schema() -> bytes:
    # Scenarios come later in the line than plugins, and import this package: only a project to start from needs both.
    from testbed.scenario import scenario_schema

    return msgspec.json.format(msgspec.json.encode(scenario_schema()), indent=2) + b"\n"
