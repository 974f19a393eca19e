"""Segment's own test cases as scenarios: the JSON that the `e2e-cli` of its SDKs takes.

One format for all SDKs (analytics-next, packages/browser/e2e-cli; analytics-kotlin and analytics-swift, e2e-cli): calls
in sequences, with pauses between them. What is asked for is that each reaches Segment. A key is refused where those
tools would pass over it, so that no case says less than it seems to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, NoReturn, cast

import msgspec

from testbed.errors import Place, PluginRefused
from testbed.scenario.fields import known, listing, mapping, refuse, struct, value
from testbed.scenario.model import MAX_TIMEOUT_S, TIMEOUT_S, Expectations, ExpectCall, Scenario, Unused
from testbed.scenario.steps import Advance, Alias, CallStep, Group, Identify, Step, Track, View
from testbed.scenario.tree import Node, read_tree
from testbed.scenario.vocabulary import did_you_mean

KEYS = ("writeKey", "apiHost", "cdnHost", "sequences", "config")
"""The first three say where Segment is. Here its mock is, at the real addresses: they are read and change nothing."""

DAY_MS = 24 * 60 * 60 * 1000

CALLS: dict[str, type[CallStep]] = {
    "identify": Identify,
    "track": Track,
    "page": View,  # as in their tools: a page is a screen to the mobile SDKs, and a screen a page to the web's
    "screen": View,
    "alias": Alias,
    "group": Group,
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How a case configures the SDK. `timeout` in seconds."""

    flush_at: int | None = msgspec.field(default=None, name="flushAt")
    flush_interval: float | None = msgspec.field(default=None, name="flushInterval")
    max_retries: int | None = msgspec.field(default=None, name="maxRetries")
    timeout: float | None = None


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event says besides its call's own arguments: the SDK's options argument takes it."""

    user_id: str | None = msgspec.field(default=None, name="userId")
    anonymous_id: str | None = msgspec.field(default=None, name="anonymousId")
    message_id: str | None = msgspec.field(default=None, name="messageId")
    timestamp: str | None = None
    context: dict[str, Any] = {}
    integrations: dict[str, bool | dict[str, Any]] = {}


def read_case(text: bytes, *, file: str) -> Scenario:
    """One case, called as its file is. Raises PluginRefused naming the place, the key path, the nearest key and the
    fix."""
    root = _json_tree(text, file)
    entries = known(root, "", KEYS)
    if "sequences" not in entries:
        refuse("'sequences' is missing", root, "", "a scenario in JSON is a case of Segment's e2e-cli; ours are YAML")
    for key in ("writeKey", "apiHost", "cdnHost"):
        if key in entries:
            value(entries[key], str, key)
    config = struct(entries["config"], Config, "config") if "config" in entries else Config()
    _check_timeout(entries, config)
    steps: list[Step] = []
    told: list[ExpectCall] = []
    for index, sequence in enumerate(listing(entries["sequences"], "sequences")):
        _read_sequence(sequence, f"sequences[{index}]", steps, told)
    if not told:
        refuse("a case needs an event", entries["sequences"], "sequences", "give a sequence `events`")
    return Scenario(
        name=PurePosixPath(file).stem,
        file=file,
        steps=tuple(steps),
        expect=Expectations(segment=tuple(told)),
        integrations=_integrations(config),
        unused=tuple(_unused(entries["config"], config)) if "config" in entries else (),
        timeout_s=config.timeout or TIMEOUT_S,
        place=root.place,
    )


def _read_sequence(node: Node, path: str, steps: list[Step], told: list[ExpectCall]) -> None:
    entries = known(node, path, ("delayMs", "events"))
    if "events" not in entries:
        refuse("'events' is missing", node, path, 'add `"events": [...]`')
    delay_ms = value(entries["delayMs"], float, f"{path}.delayMs") if "delayMs" in entries else 0
    if not 0 <= delay_ms <= DAY_MS:
        refuse("needs 0 to a day, in milliseconds", entries["delayMs"], f"{path}.delayMs")
    if delay_ms:
        steps.append(Advance(by_s=delay_ms / 1000, place=entries["delayMs"].place))
    for index, event in enumerate(listing(entries["events"], f"{path}.events")):
        kind, call, options = _read_event(event, f"{path}.events[{index}]")
        steps.append(cast(Step, call))
        told.append(_told(kind, call, options))


def _read_event(node: Node, path: str) -> tuple[str, CallStep, Options]:
    entries = mapping(node, path)
    if "type" not in entries:
        refuse("'type' is missing", node, path, 'add `"type": "track"`')
    kind = value(entries["type"], str, f"{path}.type")
    if kind not in CALLS:
        message = f"unknown type {kind!r}{did_you_mean(kind, CALLS)}"
        refuse(message, entries["type"], f"{path}.type", f"types are {', '.join(CALLS)}")
    own = _names(CALLS[kind]) - {"only", "place", "options"}
    known(node, path, ("type", *sorted(own | _names(Options))))
    rest = {key: entry for key, entry in entries.items() if key not in own and key != "type"}
    options = struct(Node(rest, node.place, node.keys), Options, path)
    arguments = Node({key: entry for key, entry in entries.items() if key in own}, node.place, node.keys)
    call = struct(arguments, CALLS[kind], path, only=(), options=msgspec.to_builtins(options), place=node.place)
    return kind, call, options


def _told(kind: str, call: CallStep, options: Options) -> ExpectCall:
    """What Segment must be told of the call. That it is told unaltered is a built-in check's. Whose call it is, the SDK
    knows better than an event that is no identify: analytics.js names the user whom it knows."""
    told = ExpectCall(kind=kind, anonymous=options.anonymous_id, place=call.place)
    match call:
        case Track():
            return msgspec.structs.replace(told, name=call.event)
        case View():
            return msgspec.structs.replace(told, kind="view", name=call.name)
        case Group():
            return msgspec.structs.replace(told, group=call.group_id)
        case Alias():
            return msgspec.structs.replace(told, previous=call.previous_id)
        case Identify():
            return msgspec.structs.replace(told, user=call.user_id)
    return told


def _integrations(config: Config) -> dict[str, Any]:
    """Retries are the SDK's to make: analytics.js takes their number where it takes what is Segment's own."""
    if config.max_retries is None:
        return {}
    return {"Segment.io": {"httpConfig": {"backoffConfig": {"maxRetryCount": config.max_retries}}}}


def _unused(node: Node, config: Config) -> Iterator[Unused]:
    for key, given in (("flushAt", config.flush_at), ("flushInterval", config.flush_interval)):
        if given is not None:
            reason = "the SDK sends each call at once, and the run ends when all is sent"
            yield Unused(path=f"config.{key}", reason=reason, place=node.keys[key])


def _check_timeout(entries: dict[str, Node], config: Config) -> None:
    if config.timeout is not None and not 0 < config.timeout <= MAX_TIMEOUT_S:
        place = entries["config"].keys["timeout"]
        refuse(f"needs more than 0 and at most {MAX_TIMEOUT_S:g} seconds", place, "config.timeout")


def _names(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def _json_tree(text: bytes, file: str) -> Node:
    """What is no JSON is refused as such. The rest is YAML, but for tabs, which in JSON stand between tokens only."""

    def no_number(word: str) -> NoReturn:
        raise PluginRefused(f"not JSON: {word} is no number", place=Place(file))

    try:
        json.loads(text.decode("utf-8-sig"), parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise PluginRefused(f"not JSON: {error.msg}", place=Place(file, error.lineno, error.colno)) from error
    except (UnicodeDecodeError, RecursionError):
        pass  # read_tree refuses both, and says where
    return read_tree(text.replace(b"\t", b" "), file=file)
