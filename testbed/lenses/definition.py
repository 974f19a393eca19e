"""`[[lens]]` of plugin.toml: a vendor's wire format, declared. Every key is documented in docs/lenses.md."""

from __future__ import annotations

from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from testbed.errors import PluginRefused
from testbed.lenses.api import Kind
from testbed.lenses.decode import STEPS
from testbed.lenses.times import Unit
from testbed.plugin.model import Plugin

Sources = str | tuple[str, ...]
"""Where a field comes from: a JMESPath on the item, or `envelope:PATH`, `query:NAME`, `header:NAME`, `const:VALUE`. Of
several, the first that gives something."""

SCOPES = ("envelope", "query", "header", "const")


class KindRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an item's kind is told: `from` a source whose value is looked up in `values`, then by the longest of
    `prefixes`, then by which of `keys` the item has; else `default`. `ignore` drops the item."""

    source: Sources = msgspec.field(default="", name="from")
    values: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    keys: dict[str, str] = {}
    default: str = ""


class StubRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer that the vendor's SDK expects."""

    status: int = 200
    json: Any = msgspec.UNSET
    body: str = ""


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One declared lens."""

    vendor: str
    host: str
    path: str = "*"
    method: str = "*"
    when: str = ""
    decode: tuple[str, ...] = ("json",)
    items: Sources = "@"
    inherit: tuple[str, ...] = ()
    kind: str | KindRule = "type"
    name: Sources = ""
    names: dict[str, str] = {}
    user: Sources = ""
    anonymous: Sources = ""
    group: Sources = ""
    previous: Sources = ""
    properties: Sources = ""
    strip: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    cents: tuple[str, ...] = ()
    time: Sources = ""
    time_unit: Unit = "auto"
    dedupe: Sources = ""
    ignore: tuple[str, ...] = ()
    opaque: dict[str, str] = {}
    stub: StubRule | None = None


def definitions(plugin: Plugin) -> list[Definition]:
    """The lenses that `plugin` declares. Raises PluginRefused with the key and the fix for one that cannot work."""
    return [_definition(plugin, index, raw) for index, raw in enumerate(plugin.manifest.lens)]


def _definition(plugin: Plugin, index: int, raw: dict[str, Any]) -> Definition:
    key = f"lens.{index}"
    try:
        made = msgspec.convert(raw, Definition)
    except msgspec.ValidationError as error:
        raise _refused(plugin, key, str(error), "see docs/lenses.md for the keys of [[lens]]") from error
    for pipeline in made.decode:
        for number, step in enumerate(pipeline.split("|")):
            name = step.strip().partition(".")[0]
            if name not in STEPS and not (number == 0 and name in {"query", "path"}):
                fix = f"steps are {', '.join(STEPS)}; query and path may come first"
                raise _refused(plugin, f"{key}.decode", f"unknown decoding step {step.strip()!r}", fix)
    kinds = made.kind if isinstance(made.kind, KindRule) else KindRule()
    for name in (*kinds.values.values(), *kinds.prefixes.values(), *kinds.keys.values(), kinds.default or "ignore"):
        if name != "ignore" and name not in set(Kind):
            raise _refused(plugin, f"{key}.kind", f"unknown kind {name!r}", f"kinds are {', '.join(Kind)}, ignore")
    sources = (made.items, made.name, made.user, made.anonymous, made.group, made.previous, made.properties, made.time)
    kind_source = made.kind if isinstance(made.kind, str) else made.kind.source
    for source in (*sources, made.dedupe, made.when, kind_source):
        for expression in (source,) if isinstance(source, str) else source:
            _check_path(plugin, key, expression)
    return made


def _check_path(plugin: Plugin, key: str, expression: str) -> None:
    scope, _, rest = expression.partition(":")
    path = rest if scope == "envelope" else "" if scope in SCOPES else expression
    try:
        if path:
            jmespath.compile(path)
    except JMESPathError as error:
        raise _refused(plugin, key, f"{expression!r} is no JMESPath", str(error).splitlines()[0]) from error


def _refused(plugin: Plugin, key: str, message: str, fix: str) -> PluginRefused:
    place = plugin.places.get(key) or plugin.places.get(key.rpartition(".")[0]) or plugin.places.get("lens")
    return PluginRefused(f"{key}: {message}", place=place, fix=fix)
