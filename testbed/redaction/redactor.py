"""Events as they may leave the fleet."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from enum import Enum
from functools import cache
from itertools import islice
from typing import Any, Literal, Protocol, get_args, get_origin

import msgspec

from testbed import events
from testbed.capture.flow import Flow
from testbed.http import Message, Response, Whole, header
from testbed.plugin.model import Plugin
from testbed.redaction.content import Content, Withheld
from testbed.redaction.credentials import Credentials
from testbed.redaction.declared import on_pages, secrets_of, stated_by
from testbed.redaction.vault import Vault
from testbed.scenario.model import Scenario

MAX_SHOWN = 64 * 1024
"""So much of a body that lies on disk is in an event: who needs all of it looks at what the plugin sends, not here."""

DEEP = "nested too deep to be looked into"

PUBLIC = ("testbedWriteKey",)
"""The write key of the mock."""


class Redaction(Protocol):
    """What stands between a run and everyone who hears of it. `mode` is how reports name it."""

    mode: events.Redaction

    def know(self, plugin: Plugin, scenarios: Sequence[Scenario]) -> None:
        """What is secret is known before anything is said of it."""
        ...

    def learn(self, flows: Iterable[Flow]) -> None:
        """Take note of the credentials in traffic that is about to be told of."""
        ...

    def __call__(self, event: events.Event) -> events.Event: ...


def redaction(*, unsafe_raw: bool) -> Redaction:
    return Raw() if unsafe_raw else Redactor()


class Raw:
    """--unsafe-raw: everything as it was, but for the size of bodies."""

    mode: events.Redaction = "raw"

    def know(self, plugin: Plugin, scenarios: Sequence[Scenario]) -> None:
        pass

    def learn(self, flows: Iterable[Flow]) -> None:
        pass

    def __call__(self, event: events.Event) -> events.Event:
        if not isinstance(event, events.FlowCaptured):
            return event
        request, response = event.flow.request, event.flow.response
        flow = msgspec.structs.replace(event.flow, request=_fitted(request), response=response and _fitted(response))
        return msgspec.structs.replace(event, flow=flow)


class Redactor:
    """Secrets replaced by tokens that are keyed for this object alone: one a run."""

    mode: events.Redaction = "tokens"

    def __init__(self) -> None:
        self._vault = Vault()
        self._credentials = Credentials((), PUBLIC)
        self._content = Content(self._vault, self._credentials)

    def know(self, plugin: Plugin, scenarios: Sequence[Scenario]) -> None:
        for name, value in secrets_of(plugin, scenarios):
            self._vault.declare(name, value)
        public = {*map(str, stated_by(plugin, scenarios)), *on_pages(plugin), *PUBLIC}
        self._credentials = Credentials(plugin.manifest.secret_settings, public)
        self._content = Content(self._vault, self._credentials)

    def learn(self, flows: Iterable[Flow]) -> None:
        for flow in flows:
            self._learn(flow.request)
            self._content.learn(flow.request.path.encode())
            if flow.response is not None:
                self._learn(flow.response)

    def __call__(self, event: events.Event) -> events.Event:
        shown: events.Event = self._shown(event)
        return shown

    def _learn(self, message: Message) -> None:
        for name, value in message.headers:
            if self._credentials.is_header(name):
                for key, start, end in _credentials_in(name, value):
                    if not key.startswith("cookie.ajs_"):  # the ids that Segment's own SDK keeps
                        self._content.noted(key, value[start:end])
                if value.lower().startswith("basic "):
                    self._content.noted(name, _password(value[6:]))
        if not _is_program(message):
            with suppress(Withheld):  # it will be withheld as a whole
                self._content.learn(message.content)

    def _shown(self, value: Any) -> Any:
        """`value`, an event or any part of one, as it may be seen; itself where it may be seen as it is."""
        match value:
            case Enum():
                return value
            case str():
                return self._text(value)
            case dict():
                return {self._text(key): self._item(str(key), item) for key, item in value.items()}
            case list() | tuple():
                return type(value)(self._number(item) for item in value)
            case Message():
                return self._message(value)
            case msgspec.Struct():
                return self._fields(value)
            case _:
                return value

    def _item(self, key: str, item: Any) -> Any:
        """What stands under a key in JSON data."""
        scalar = isinstance(item, str | int | float) and not isinstance(item, bool)
        if scalar and self._credentials.is_name(key) and not self._credentials.is_public(item):
            token = self._vault.token(key, item)
            return token if isinstance(item, str) else int(token)
        return self._number(item)

    def _number(self, item: Any) -> Any:
        """Where there may be anything, a number may be a secret; those of our own fields are none."""
        if isinstance(item, int | float) and not isinstance(item, bool):
            return self._vault.number(item)
        return self._shown(item)

    def _text(self, text: str) -> str:
        try:
            return self._content.text(text)
        except Withheld as why:
            return f"<withheld: {why}>"

    def _fields(self, value: msgspec.Struct) -> msgspec.Struct:
        changed = {
            name: shown
            for name in _free_fields(type(value))
            if (shown := self._field(field := getattr(value, name))) is not field
        }
        return msgspec.structs.replace(value, **changed) if changed else value

    def _field(self, field: Any) -> Any:
        """Data that is nested deeper than can be looked into is withheld; a mapping stays one."""
        try:
            shown = self._number(field)
            return field if shown == field else shown
        except RecursionError:
            return {"<withheld>": DEEP} if isinstance(field, dict) else f"<withheld: {DEEP}>"

    def _message(self, message: Message) -> Message:
        """A request or a response. A body that is packed is unpacked where something in it is hidden."""
        made: Any = self._fields(msgspec.structs.replace(message, headers=(), body=b"", whole=None))
        headers = tuple(self._header(name, value) for name, value in message.headers)
        body, whole = message.body, message.whole
        guess = not _is_program(message)
        try:
            if message.unreadable:
                raise Withheld(message.unreadable)
            content = message.content
            shown = self._content.body(content, guess=guess)
            if shown != content or whole is not None:
                body = shown
                headers = tuple((name, value) for name, value in headers if name.lower() != "content-encoding")
        except Withheld as why:
            body = f"<withheld: {message.size} bytes, {why}>".encode()
            whole = None
            headers = tuple((name, value) for name, value in headers if name.lower() != "content-encoding")
        fitted = _fitted(msgspec.structs.replace(made, headers=headers, body=body, whole=None), whole)
        return fitted if fitted != message else message

    def _header(self, name: str, value: str) -> tuple[str, str]:
        if not self._credentials.is_header(name):
            return self._text(name), self._text(value)
        for key, start, end in reversed(list(_credentials_in(name, value))):
            if not self._credentials.is_public(value[start:end]):
                value = f"{value[:start]}{self._vault.token(key, value[start:end])}{value[end:]}"
        return name, value


def _fitted(message: Any, whole: Whole | None = None) -> Any:
    """A message with no more of its body than is shown, where that lies on disk."""
    whole = whole or message.whole
    if whole is None:
        return message
    plain = Whole(size=whole.size, sha256=whole.sha256)
    return msgspec.structs.replace(message, body=message.body[:MAX_SHOWN], whole=plain)


def _password(encoded: str) -> str:
    """RFC 7617: base64 of `user:password`. A key that stands alone comes as either, so what is longer is taken."""
    try:
        user, _, password = base64.b64decode(encoded.strip()).decode().partition(":")
    except ValueError:
        return ""
    return max(user, password, key=len)


def _credentials_in(name: str, value: str) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of each credential in a header that carries some."""
    lower = name.lower()
    if lower in ("cookie", "set-cookie"):  # RFC 6265, 4: a set-cookie has one, and attributes after it
        pairs = re.finditer(r"(?:^|;)\s*([^=;]+)=\s*\"?([^;\"]*)", value)
        for pair in pairs if lower == "cookie" else islice(pairs, 1):
            yield f"cookie.{pair[1].strip()}", pair.start(2), pair.end(2)
    else:  # RFC 9110, 11.4: a scheme, and what it takes
        scheme = re.match(r"\s*(?:[A-Za-z]+\s+)?(?=\S)", value) if lower.endswith("authorization") else None
        yield lower, scheme.end() if scheme else 0, len(value)


def _is_program(message: Message) -> bool:
    """Whether names in the body are a programmer's own: of variables, not of data."""
    return isinstance(message, Response) and bool(_PROGRAM.search(header(message.headers, "content-type") or ""))


_PROGRAM = re.compile("javascript|ecmascript|html|css|wasm|^image/|^font/")


@cache
def _free_fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields that may hold anything: not those that have a few values of ours, which a reader relies on."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if not _is_ours(field.type))


def _is_ours(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return True
    if args := get_args(kind):
        return all(_is_ours(arg) for arg in args if arg is not Ellipsis)
    return kind in (int, float, bool, type(None), bytes) or (isinstance(kind, type) and issubclass(kind, Enum))
