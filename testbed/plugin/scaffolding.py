"""`testbed new`: a plugin project that passes its own scenarios. On the web it does so at once, and needs no Node; what
runs on Android is to be built first, which needs Maven alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import get_args

import msgspec

from testbed.errors import UsageError
from testbed.plugin.check import plugin_name, target_styles
from testbed.plugin.manifest import FILE, read_manifest, refusal
from testbed.plugin.model import Platform, Style, slug_of
from testbed.plugin.schema import encoded_schema

PLATFORMS: tuple[Platform, ...] = ("web", "android")

_ONLY: Mapping[Platform, tuple[str, ...]] = {
    "web": ("alias.yaml", "page.yaml"),
    "android": ("alias-on-a-phone.yaml", "screen.yaml"),
}
"""Scenarios that play what the other platform has no notion of."""

_TARGET: Mapping[str, str] = {
    "classic": "",
    "remote": '\nlibrary = "{library}" # the global that the bundle sets',
    "register": '\nlibrary = "{library}" # the global that the bundle sets',
}
_CAMEL = re.compile(r"-([a-z0-9])")


def scaffold(
    name: str, into: Path, *, style: Style = "remote", platforms: Collection[Platform] = PLATFORMS[:1]
) -> list[Path]:
    """Writes the project of a plugin called `name` to the folder `into`, which must be new or empty, and gives the
    files. Raises UsageError for a name that does not do in file names, URLs and source code, and a folder in use."""
    if style not in get_args(Style):
        raise UsageError(f"no style {style!r}", fix=f"use one of {', '.join(get_args(Style))}")
    if not platforms or not set(platforms) <= set(PLATFORMS):
        raise UsageError(f"no template for {', '.join(platforms)}", fix=f"use one or more of {', '.join(PLATFORMS)}")
    if not re.fullmatch(r"[A-Za-z](?:[A-Za-z0-9 ._-]{0,48}[A-Za-z0-9._-])?", name):
        fix = "begin with a letter; use at most 50 letters, digits, spaces, dots, dashes and underscores"
        raise UsageError(f"{name!r} does not do as a plugin's name", fix=fix)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"{into} is there already and not empty", fix="name a new folder")
    content = _content(name, style, platforms)
    manifest, places = read_manifest(content[FILE])
    for misfit in (*plugin_name(manifest, content), *target_styles(manifest, content)):
        error = refusal(misfit, places)  # a name that Segment's SDKs give a meaning of their own
        raise UsageError(error.message, fix=error.fix)
    for path, data in content.items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(data)
    return [into / path for path in content]


def _content(name: str, style: Style, platforms: Collection[Platform]) -> dict[str, bytes]:
    template = files("testbed.plugin") / "template"
    words = _words(name, style)
    chosen = [platform for platform in PLATFORMS if platform in platforms]
    for word, part in (("TARGETS", "plugin.toml"), ("FILES", "README.md")):
        words[word] = "".join(_text(template / platform / part, words) for platform in chosen).rstrip("\n")
    words["WEB_ONLY"] = "\ntargets: [web]" if "android" in platforms else ""
    content = {FILE: _text(template / "plugin.toml", words), "README.md": _text(template / "README.md", words)}
    if "web" in platforms:
        parts = (template / "web" / "client.js", template / "web" / f"{style}.js")
        content[f"web/{words['ID']}.js"] = "".join(_text(part, words) for part in parts)
    if "android" in platforms:
        content |= {name: _text(template / "android" / file, words) for name, file in _sources(words["CLASS"])}
    left_out = {name for platform, names in _ONLY.items() if platform not in platforms for name in names}
    for file in sorted((template / "scenarios").iterdir(), key=lambda file: file.name):
        if file.name not in left_out:
            content[f"scenarios/{file.name}"] = _text(file, words)
    return {
        **{name: text.encode() for name, text in content.items()},
        ".testbed/schema/plugin.schema.json": encoded_schema(),
        ".testbed/schema/scenario.schema.json": _scenario_schema(),
    }


def _sources(name: str) -> Iterator[tuple[str, str]]:
    """The files of the Android project, each with that of the template."""
    folder = "android/src/main/{}/com/example/plugin/{}"
    yield "android/pom.xml", "pom.xml"
    yield folder.format("java", "Client.java"), "Client.java"
    yield folder.format("java", f"{name}Integration.java"), "Integration.java"
    yield folder.format("kotlin", f"{name}Destination.kt"), "Destination.kt"


def _words(name: str, style: Style) -> dict[str, str]:
    """What the template's @WORDS@ stand for. None of them needs quoting in TOML, YAML, source code or a host name."""
    identifier = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    library = _CAMEL.sub(lambda match: match[1].upper(), identifier) + (
        "Destination" if style == "remote" else "Plugin"
    )
    return {
        "NAME": name,
        "ID": identifier,
        "SLUG": slug_of(name),
        "CLASS": "".join(word.capitalize() for word in identifier.split("-")),
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
