"""A lens made from a `[[lens]]` definition: the same door as the built-in vendors, without Python."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from testbed.http import Request, Response, header
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.decode import Undecodable, decode, decode_value
from testbed.lenses.definition import NESTING, Definition, scope_of
from testbed.lenses.times import epoch_seconds
from testbed.lenses.values import hundredth, number

Found = tuple[Any, tuple[Any, ...]]
"""An item, and what it lies in, from the envelope inwards."""


class Declarative:
    """The Lens of one definition."""

    def __init__(self, definition: Definition) -> None:
        self.vendor = definition.vendor
        self._by = definition

    def claims(self, request: Request) -> bool:
        by = self._by
        return (
            _fits(by.host, request.host.lower(), lower=True)
            and _fits(by.path, request.route)
            and by.method in {"*", request.method}
            and request.method != "OPTIONS"
            and (not by.when or self._holds(request))
        )

    def read(self, request: Request) -> Reading:
        by = self._by
        if _fits(by.ignore, request.route):
            return Reading(vendor=self.vendor, ignored="a path that the lens ignores")
        if reason := next((why for glob, why in by.opaque.items() if fnmatchcase(request.route, glob)), ""):
            return Reading(vendor=self.vendor, opaque=reason)
        try:
            scopes = self._scopes(decode(request, by.decode), request)
        except Undecodable as error:
            return Reading(vendor=self.vendor, opaque=str(error))
        if scopes is None:
            return Reading(vendor=self.vendor, opaque=f"no items at {' or '.join(by.items)}")
        calls = [call for scope in scopes if scope.item is not None and (call := self._call(scope)) is not None]
        if not all(isinstance(scope.sent, dict) for scope in scopes):
            reason = f"items that are no objects at {' or '.join(by.items)}"
            return Reading(vendor=self.vendor, calls=tuple(calls), opaque=reason)
        return Reading(vendor=self.vendor, calls=tuple(calls), ignored="" if calls else "no calls among its items")

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        return calls

    def stub(self, request: Request) -> Response | None:
        answer = self._by.stub
        if answer is None:
            return None
        if answer.json is not msgspec.UNSET:
            return Response.json(answer.json, status=answer.status)
        return Response.text(answer.body, status=answer.status)

    def _holds(self, request: Request) -> bool:
        """`when`: what cannot be decoded is left to whoever can."""
        try:
            envelope = decode(request, self._by.decode)
        except Undecodable:
            return False
        return bool(_Scope(envelope, envelope, request).find(self._by.when))

    def _scopes(self, envelope: Any, request: Request) -> list[_Scope] | None:
        """Every item of every item array, flat. None where no path leads anywhere: the body is then not what this lens
        was written for, which must not pass for silence."""
        reached = [_nested(path.split(NESTING), envelope, (envelope,)) for path in self._by.items]
        if all(items is None for items in reached):
            return None
        return [
            _Scope(self._completed(item, around, request), envelope, request, sent=item)
            if isinstance(item, dict)
            else _Scope(None, envelope, request, sent=item)
            for items in reached
            for item, around in items or ()
        ]

    def _completed(self, item: dict[str, Any], around: tuple[Any, ...], request: Request) -> dict[str, Any]:
        """The item with what it inherits, nearest first, and with its packed fields unpacked. Raises Undecodable."""
        keys = tuple(glob for glob in self._by.inherit if not glob.startswith("query:"))
        queried = tuple(glob.removeprefix("query:") for glob in self._by.inherit if glob.startswith("query:"))
        full = {name: value for name, value in request.query if _fits(queried, name)}
        for holder in around:
            full |= {k: v for k, v in holder.items() if _fits(keys, k)} if isinstance(holder, dict) else {}
        full |= item
        packed = {field: steps for field, steps in self._by.unpack.items() if isinstance(full.get(field), str)}
        return full | {field: decode_value(full[field], steps) for field, steps in packed.items()}

    def _call(self, scope: _Scope) -> VendorCall | None:
        by = self._by
        kind = self._kind(scope)
        if kind is None:
            return None
        properties, noise = self._properties(scope.find(by.properties))
        name = _text(scope.find(by.name))
        return VendorCall(
            vendor=self.vendor,
            kind=kind,
            name=by.names.get(name, name) if name is not None else None,
            user=_text(scope.find(by.user)),
            anonymous=_text(scope.find(by.anonymous)),
            group=_text(scope.find(by.group)),
            previous=_text(scope.find(by.previous)),
            properties=properties,
            noise=noise,
            time=self._time(scope),
            dedupe=_text(scope.find(by.dedupe)),
            raw=scope.sent,
        )

    def _kind(self, scope: _Scope) -> Kind | None:
        """The item's kind, None for one to ignore. A value that no rule knows makes a track: never a silent absence."""
        rule = self._by.kind
        value = _text(scope.find(rule.from_)) or ""
        found = rule.values.get(value)
        if found is None:
            fitting = [prefix for prefix in rule.prefixes if value.startswith(prefix)]
            found = rule.prefixes[max(fitting, key=len)] if fitting else None
        if found is None:
            found = next((kind for key, kind in rule.keys.items() if key in scope.item), None)
        name = found or (value if value in set(Kind) else rule.default)
        return None if name == "ignore" else Kind(name)

    def _properties(self, value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The caller's properties, converted; and apart from them those that the vendor's SDK added. Globs are held
        against a name as it was sent and as it is without its prefix."""
        by = self._by
        kept: dict[str, Any] = {}
        noise: dict[str, Any] = {}
        for name, given in (value if isinstance(value, dict) else {}).items():
            prefix = max((prefix for prefix in by.strip if name.startswith(prefix)), key=len, default="")
            names = (name, name.removeprefix(prefix))
            if (by.keep and not _fits(by.keep, *names)) or _fits(by.drop, *names):
                noise[names[1]] = given
            elif _fits(by.cents, *names):
                kept[names[1]] = hundredth(given)
            else:
                kept[names[1]] = number(given) if _fits(by.numbers, *names) else given
        return kept, noise

    def _time(self, scope: _Scope) -> float | None:
        """The item's own time; else the time of sending, less the item's age then (posthog-js, request-queue.ts)."""
        own = epoch_seconds(scope.find(self._by.time), self._by.time_unit)
        if own is not None or not self._by.offset:
            return own
        sent, age = epoch_seconds(scope.find(self._by.sent)), epoch_seconds(scope.find(self._by.offset), "ms")
        return None if sent is None or age is None else sent - age


class _Scope:
    """What a source can refer to. `item` is complete, `sent` as it was sent."""

    def __init__(self, item: Any, envelope: Any, request: Request, *, sent: Any = None) -> None:
        self.item = item
        self.sent = sent
        self._envelope = envelope
        self._request = request

    def find(self, sources: Sequence[str]) -> Any:
        """The first source that gives something; empty text and empty objects count as nothing where a later source
        gives more."""
        found = [value for source in sources if (value := self._one(source)) is not None]
        return next((value for value in found if value not in ("", {}, [])), found[0] if found else None)

    def _one(self, source: str) -> Any:
        scope, wanted = scope_of(source)
        match scope:
            case "envelope":
                return _search(wanted, self._envelope)
            case "query":
                return dict(self._request.query).get(wanted)
            case "header":
                return header(self._request.headers, wanted)
            case "path":
                return _segment(self._request.route, int(wanted))
            case "const":
                return wanted
        return _search(source, self.item)


def _nested(paths: Sequence[str], value: Any, around: tuple[Any, ...]) -> list[Found] | None:
    """The items. One object counts as an array of one; what is no object has no fields, and comes along to be told of.
    None where there is no array, or one that holds something and no items."""
    found = _search(paths[0], value)
    if not isinstance(found, dict | list):
        return None
    objects = [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]
    if len(paths) == 1:
        every = found if isinstance(found, list) else [found]
        return [(item, around) for item in every] if objects or found == [] else None
    below = [_nested(paths[1:], item, (*around, item)) for item in objects]
    if found and all(items is None for items in below):
        return None
    return [pair for items in below for pair in items or ()]


def _segment(route: str, index: int) -> str | None:
    segments = route.strip("/").split("/")
    position = index - 1 if index > 0 else index
    return segments[position] if -len(segments) <= position < len(segments) else None


def _search(path: str, value: Any) -> Any:
    """JMESPath; a function that meets the wrong type, a number past all floats or endless nesting finds nothing."""
    try:
        return jmespath.search(path, value)
    except (JMESPathError, ArithmeticError, ValueError, RecursionError):
        return None


def _fits(globs: Sequence[str], *names: str, lower: bool = False) -> bool:
    return any(fnmatchcase(name, glob.lower() if lower else glob) for glob in globs for name in names)


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)
