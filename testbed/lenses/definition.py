"""`[[lens]]` of plugin.toml: what its words mean, and whether they can. Every key is documented in docs/lenses.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from testbed.errors import PluginRefused
from testbed.lenses.decode import ORIGINS, STEPS, steps_of
from testbed.plugin.lens import Definition, KindRule, StubRule
from testbed.plugin.manifest import refusal
from testbed.plugin.model import Plugin
from testbed.plugin.typed import Keys, Misfit, did_you_mean

__all__ = ["NESTING", "SCOPES", "Definition", "KindRule", "StubRule", "definitions", "scope_of"]

SCOPES = ("envelope", "query", "header", "path", "const")
"""What stands before a source's colon. A source without one is a JMESPath on the item itself."""

NESTING = " / "
"""Between the JMESPaths of `items`: into the first, and for each item of it into the next."""

SOURCES = (
    "when", "name", "user", "anonymous", "group", "previous", "properties", "time", "sent", "offset", "dedupe",
)  # fmt: skip


def definitions(plugin: Plugin) -> list[Definition]:
    """The lenses that `plugin` declares. Raises PluginRefused with the keys, places and fixes of what cannot work."""
    declared = plugin.manifest.lens
    if wrong := [misfit for index, made in enumerate(declared) for misfit in _misfits(made, ("lens", index))]:
        raise PluginRefused.of([refusal(misfit, plugin.places) for misfit in wrong])
    return list(declared)


def scope_of(source: str) -> tuple[str, str]:
    """A source's scope, "" for the item, and what it asks for there."""
    scope, colon, rest = source.partition(":")
    return (scope, rest) if colon and scope in SCOPES else ("", source)


def _misfits(made: Definition, keys: Keys) -> Iterator[Misfit]:
    for rule in (_texts, _pipelines, _paths, _sources, _time, _stub):
        yield from rule(made, keys)


def _texts(made: Definition, keys: Keys) -> Iterator[Misfit]:
    for key in ("vendor", "host", "path", "method", "decode", "items"):
        value = getattr(made, key)
        if not value or (isinstance(value, tuple) and "" in value):
            yield Misfit((*keys, key), "is empty", "give a value")


def _pipelines(made: Definition, keys: Keys) -> Iterator[Misfit]:
    for index, pipeline in enumerate(made.decode):
        yield from _pipeline(pipeline, (*keys, "decode", index), origins=True)
    for field, pipelines in made.unpack.items():
        for index, pipeline in enumerate(pipelines):
            yield from _pipeline(pipeline, (*keys, "unpack", field, index), origins=False)


def _pipeline(pipeline: str, keys: Keys, *, origins: bool) -> Iterator[Misfit]:
    for number, (name, _) in enumerate(steps_of(pipeline)):
        if name in STEPS or (name in ORIGINS and origins and number == 0):
            continue
        fix = f"steps are {', '.join(STEPS)}" + (f"; {' or '.join(ORIGINS)} may come first" if origins else "")
        known = (*STEPS, *ORIGINS) if origins else STEPS
        yield Misfit(keys, f"{name!r} is no decoding step{did_you_mean(name, known)}", fix)


def _paths(made: Definition, keys: Keys) -> Iterator[Misfit]:
    for index, path in enumerate(made.items):
        for part in path.split(NESTING):
            yield from _jmespath(part, (*keys, "items", index))


def _sources(made: Definition, keys: Keys) -> Iterator[Misfit]:
    for key in SOURCES:
        for index, source in enumerate(getattr(made, key)):
            yield from _source(source, (*keys, key, index))
    for index, source in enumerate(made.kind.from_):
        yield from _source(source, (*keys, "kind", "from", index))


def _source(source: str, keys: Keys) -> Iterator[Misfit]:
    scope, rest = scope_of(source)
    if not scope and (prefix := re.match(r"([A-Za-z]\w*):", source)):
        fix = f"scopes are {', '.join(SCOPES)}; without one it is a JMESPath on the item"
        yield Misfit(keys, f"unknown scope {prefix[1]!r}{did_you_mean(prefix[1], SCOPES)}", fix)
    elif not rest:
        yield Misfit(keys, f"{source!r} asks for nothing", "name what it is to give")
    elif scope in {"", "envelope"}:
        yield from _jmespath(rest, keys)
    elif scope == "path" and not re.fullmatch(r"-?[1-9]\d{0,2}", rest):
        fix = "path:1 is the first segment of the path, path:-1 the last"
        yield Misfit(keys, f"{rest!r} is no number of a segment", fix)


def _jmespath(path: str, keys: Keys) -> Iterator[Misfit]:
    try:
        jmespath.compile(path)
    except (JMESPathError, RecursionError) as error:
        reason = str(error).splitlines()[0] if isinstance(error, JMESPathError) else "nested too deeply"
        fix = f"{reason}; a key with other characters than letters and digits stands in double quotes"
        yield Misfit(keys, f"{path!r} is no JMESPath", fix)


def _time(made: Definition, keys: Keys) -> Iterator[Misfit]:
    for one, other in (("offset", "sent"), ("sent", "offset")):
        if getattr(made, one) and not getattr(made, other):
            yield Misfit((*keys, one), f"says nothing without `{other}`", f"add `{other} = ...`: time = sent - offset")


def _stub(made: Definition, keys: Keys) -> Iterator[Misfit]:
    if made.stub is None:
        return
    if made.stub.body and made.stub.json is not msgspec.UNSET:
        yield Misfit((*keys, "stub", "body"), "json and body in one stub", "keep one of them")
    if not 200 <= made.stub.status <= 599:
        yield Misfit((*keys, "stub", "status"), f"{made.stub.status} is no final HTTP status", "use 200 to 599")
