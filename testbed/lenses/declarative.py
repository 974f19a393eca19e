"""A lens made from a `[[lens]]` definition: the same door as the built-in vendors, without Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from testbed.http import Request, Response, header
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.decode import Undecodable, decode
from testbed.lenses.definition import SCOPES, Definition, KindRule, Sources
from testbed.lenses.times import epoch_seconds


class Declarative:
    """The Lens of one definition."""

    def __init__(self, definition: Definition) -> None:
        self.vendor = definition.vendor
        self._by = definition

    def claims(self, request: Request) -> bool:
        by = self._by
        return (
            fnmatchcase(request.host.lower(), by.host.lower())
            and fnmatchcase(request.route, by.path)
            and by.method in {"*", request.method}
            and request.method != "OPTIONS"
        )

    def read(self, request: Request) -> Reading:
        by = self._by
        if _first_match(by.ignore, request.route) is not None:
            return Reading(vendor=self.vendor, ignored="a path that the lens ignores")
        if (glob := _first_match(tuple(by.opaque), request.route)) is not None:
            return Reading(vendor=self.vendor, opaque=by.opaque[glob])
        try:
            envelope = decode(request, by.decode)
        except Undecodable as error:
            return Reading(vendor=self.vendor, opaque=str(error))
        if by.when and not _search(by.when, envelope):
            return Reading(vendor=self.vendor, ignored="not what `when` asks for")
        calls = [
            call
            for index, item in enumerate(self._items(envelope))
            if (call := self._call(_Scope(item, envelope, request), index)) is not None
        ]
        return Reading(vendor=self.vendor, calls=tuple(calls), ignored="" if calls else "no items in it")

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        return calls

    def stub(self, request: Request) -> Response | None:
        answer = self._by.stub
        if answer is None:
            return None
        if answer.json is not msgspec.UNSET:
            return Response.json(answer.json, status=answer.status)
        return Response.text(answer.body, status=answer.status)

    def _items(self, envelope: Any) -> Iterator[Any]:
        """Every item of every item array, flat. What is no mapping has no fields, and is passed over."""
        for path in _several(self._by.items):
            found = _search(path, envelope)
            for item in found if isinstance(found, list) else [found]:
                if isinstance(item, dict):
                    inherited = {
                        k: envelope[k] for k in self._by.inherit if isinstance(envelope, dict) and k in envelope
                    }
                    yield {**inherited, **item}

    def _call(self, scope: _Scope, index: int) -> VendorCall | None:
        by = self._by
        kind = self._kind(scope)
        if kind is None:
            return None
        properties, noise = self._properties(scope.find(by.properties))
        name = _text(scope.find(by.name))
        return VendorCall(
            vendor=self.vendor,
            kind=kind,
            index=index,
            name=by.names.get(name, name) if name is not None else None,
            user=_text(scope.find(by.user)),
            anonymous=_text(scope.find(by.anonymous)),
            group=_text(scope.find(by.group)),
            previous=_text(scope.find(by.previous)),
            properties=properties,
            noise=noise,
            time=epoch_seconds(scope.find(by.time), by.time_unit),
            dedupe=_text(scope.find(by.dedupe)),
            raw=scope.item,
        )

    def _kind(self, scope: _Scope) -> Kind | None:
        """The item's kind, None for one to ignore. A value that no rule knows makes a track: never a silent absence."""
        rule = self._by.kind if isinstance(self._by.kind, KindRule) else KindRule(source=self._by.kind)
        value = _text(scope.find(rule.source)) or ""
        found = rule.values.get(value)
        if found is None:
            fitting = [prefix for prefix in rule.prefixes if value.startswith(prefix)]
            found = rule.prefixes[max(fitting, key=len)] if fitting else None
        if found is None:
            found = next((kind for key, kind in rule.keys.items() if key in scope.item), None)
        if found is None:
            found = value if value in set(Kind) else rule.default or Kind.TRACK
        return None if found == "ignore" else Kind(found)

    def _properties(self, value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The caller's properties, converted; and apart from them those that the vendor's SDK added (`drop`)."""
        kept: dict[str, Any] = {}
        noise: dict[str, Any] = {}
        for name, given in (value if isinstance(value, dict) else {}).items():
            bare = next((name[len(p) :] for p in self._by.strip if name.startswith(p)), name)
            if _first_match(self._by.drop, bare) is not None:
                noise[bare] = given
            elif bare in self._by.cents:
                kept[bare] = _number(given, 100)
            else:
                kept[bare] = _number(given, 1) if _first_match(self._by.numbers, bare) is not None else given
        return kept, noise


class _Scope:
    """What a source can refer to."""

    def __init__(self, item: dict[str, Any], envelope: Any, request: Request) -> None:
        self.item = item
        self._envelope = envelope
        self._request = request

    def find(self, sources: Sources) -> Any:
        """The first source that gives something."""
        return next((found for s in _several(sources) if (found := self._one(s)) is not None), None)

    def _one(self, source: str) -> Any:
        scope, _, rest = source.partition(":")
        match scope if scope in SCOPES and rest else "":
            case "envelope":
                return _search(rest, self._envelope)
            case "query":
                return dict(self._request.query).get(rest)
            case "header":
                return header(self._request.headers, rest)
            case "const":
                return rest
        return _search(source, self.item) if source else None


def _several(sources: Sources) -> tuple[str, ...]:
    return (sources,) if isinstance(sources, str) else sources


def _search(path: str, value: Any) -> Any:
    """JMESPath; a function that meets the wrong type finds nothing."""
    try:
        return jmespath.search(path, value)
    except JMESPathError:
        return None


def _first_match(globs: tuple[str, ...], name: str) -> str | None:
    return next((glob for glob in globs if fnmatchcase(name, glob)), None)


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _number(value: Any, divisor: int) -> Any:
    """A number sent as text, as the number; anything else as it is, so that a wrong type still shows."""
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and divisor != 1:
        return value / divisor
    return value
