"""The values of `secret_settings`, kept out of every report.

They are looked for as web SDKs send them: as they are, in JSON, URL-encoded, and in base64 at any offset. What was
compressed is unpacked for that. A value of fewer than SHORTEST characters is too common to be looked for, and so are
fewer than SHORTEST_BASE64 of base64.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

import msgspec

from testbed import events
from testbed.errors import PluginRefused
from testbed.http import Request, Response
from testbed.plugin import Plugin, read_zip
from testbed.scenario import load_scenarios
from testbed.scenario.steps import Settings

SHORTEST = 4
SHORTEST_BASE64 = 8
MASK = "***{}***"
"""What stands for the value of a setting: its name, so that equal values stay equal."""

T = TypeVar("T")
Hide = Callable[[events.Event], events.Event]


def hiding(zipped: bytes) -> Hide:
    """What takes the plugin's secrets out of an event. A plugin that will be refused has none."""
    try:
        plugin = read_zip(zipped, source="")
        secrets = dict(_secrets(plugin)) if plugin.manifest.secret_settings else {}
    except PluginRefused:
        secrets = {}
    return Mask(secrets) if secrets else lambda event: event


class Mask:
    """`secrets` gives the name of the setting for each value."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._masks = {
            form: MASK.format(re.sub(r"[^A-Za-z0-9_.-]", "-", name))
            for value, name in secrets.items()
            if len(value) >= SHORTEST
            for form in _forms(value)
        }
        longest_first = sorted(self._masks, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __call__(self, value: T) -> T:
        """`value`, an event or any part of one, with masks for secrets; itself where it has none."""
        made: Any
        match value:
            case str():
                made = self._pattern.sub(lambda found: self._masks[found[0]], value)
            case bytes():
                # Latin-1 takes any byte for a character: what is not text comes out as it went in.
                made = self(value.decode("latin-1")).encode("latin-1")
            case dict():
                made = {self(key): self._item(item) for key, item in value.items()}
            case list() | tuple():
                made = type(value)(self._item(item) for item in value)
            case Request() | Response():
                made = self._fields(self._unpacked(value))
            case msgspec.Struct():
                made = self._fields(value)
            case _:
                made = value
        return made  # type: ignore[no-any-return]

    def _item(self, value: Any) -> Any:
        """What stands in JSON data may be a secret that is a number; the numbers of our own fields are none."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._masks.get(str(value), value)
        return self(value)

    def _fields(self, value: Any) -> Any:
        changed = {
            name: hidden
            for name in value.__struct_fields__
            if (hidden := self(field := getattr(value, name))) is not field and hidden != field
        }
        return msgspec.structs.replace(value, **changed) if changed else value

    def _unpacked(self, message: Any) -> Any:
        """The message with its body as it reads, where a secret is packed away in that."""
        content = message.content
        if content == message.body or self(content) == content:
            return message
        headers = tuple((name, value) for name, value in message.headers if name.lower() != "content-encoding")
        return msgspec.structs.replace(message, headers=headers, body=content)


def _secrets(plugin: Plugin) -> Iterator[tuple[str, str]]:
    """(value, name of its setting), wherever the plugin and its scenarios give one."""
    manifest = plugin.manifest
    scenarios = load_scenarios(plugin.files)
    given = [manifest.settings, *(target.settings for target in manifest.targets.values())]
    given += [scenario.settings for scenario in scenarios]
    given += [step.values for scenario in scenarios for step in scenario.steps if isinstance(step, Settings)]
    for settings in given:
        for name in manifest.secret_settings:
            yield from ((text, name) for text in _texts(settings.get(name)))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case bool() | None:
            return
        case int() | float():
            yield str(value)
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)


def _forms(value: str) -> Iterator[str]:
    """`value` in each way of writing it; in bodies, what is not ASCII is looked for as Latin-1."""
    raw = value.encode()
    for text in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield from (text, text.encode().decode("latin-1"))
    for escaped in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield from (escaped, re.sub("%..", lambda match: match[0].lower(), escaped))
    for offset in range(3):
        # Characters that hold bits of what stands before or after the value are left out.
        text = base64.b64encode(bytes(offset) + raw).decode()
        whole = text[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
        if len(whole) >= SHORTEST_BASE64:
            yield from (whole, whole.replace("+", "-").replace("/", "_"))
