"""The `steps` of a scenario file: one-key mappings, shorthand and bare words, all from testbed.scenario.steps."""

from __future__ import annotations

import re
from typing import Any, cast, get_args

import msgspec

from testbed.scenario.fields import listing, mapping, names, refuse, struct
from testbed.scenario.steps import SHORTHAND, Advance, Step, StepBase, Wait
from testbed.scenario.tree import Node
from testbed.scenario.vocabulary import did_you_mean

DAY_S = 86_400
UNIT_S = {"s": 1, "m": 60, "h": 3600}
DURATION = re.compile(r"(\d+(?:\.\d+)?)([smh])")

STEPS: dict[str, type[StepBase]] = {kind.__struct_config__.tag: kind for kind in get_args(Step)}


def read_steps(node: Node, path: str = "steps") -> tuple[Step, ...]:
    items = listing(node, path)
    if not items:
        refuse("a scenario needs a step", node, path, "the shortest that loads the plugin is `- page`")
    return tuple(_step(item, f"{path}[{index}]") for index, item in enumerate(items))


def _step(node: Node, path: str) -> Step:
    if isinstance(node.value, str):
        return _made(node.value, Node({}, node.place), (), node, path)
    entries = mapping(node, path)
    only = names(entries["only"], f"{path}.only") if "only" in entries else ()
    words = [key for key in entries if key != "only"]
    if len(words) != 1:
        for word in words:
            _kind(word, node, path)
        refuse("a step is one key" if words else "a step without its name", node, path, "write one step an item")
    return _made(words[0], entries[words[0]], only, node, path)


def _kind(word: str, node: Node, path: str) -> type[StepBase]:
    if word not in STEPS:
        place = node.keys.get(word, node.place)
        refuse(f"unknown step {word!r}{did_you_mean(word, STEPS)}", place, path, f"steps are {', '.join(STEPS)}")
    return STEPS[word]


def _made(word: str, body: Node, only: tuple[str, ...], item: Node, path: str) -> Step:
    kind = _kind(word, item, path)
    full = _full(kind, body, f"{path}.{word}")
    if kind is Advance:
        full = _in_seconds(full, "by_s")
    step = struct(full, kind, f"{path}.{word}", only=only, place=item.place)
    if isinstance(step, Advance) and not 0 < step.by_s <= DAY_S:
        refuse(f"needs more than 0 and at most {DAY_S} seconds", body, f"{path}.{word}.by_s", "a day is the most")
    if isinstance(step, Wait):
        if (step.request is None) == (step.log is None):
            refuse("wait for either a `request` or a `log` line", body, f"{path}.{word}", "never a sleep")
        if not 0 < step.within_s <= 600:
            refuse("needs more than 0 and at most 600 seconds", body, f"{path}.{word}.within_s")
    return cast(Step, step)


def _in_seconds(body: Node, field: str) -> Node:
    """The body with a duration (`5m`) as the number of seconds that it is; anything else stays as it is."""
    entries = body.value if isinstance(body.value, dict) else {}
    node = entries.get(field)
    written = DURATION.fullmatch(node.value) if node is not None and isinstance(node.value, str) else None
    if node is None or written is None:
        return body
    seconds = float(written[1]) * UNIT_S[written[2]]
    return Node({**entries, field: Node(seconds, node.place)}, body.place, body.keys)


def _full(kind: type[StepBase], body: Node, path: str) -> Node:
    """The body with its shorthand undone: always a mapping of fields."""
    if body.value is None:
        return Node({}, body.place)
    field = SHORTHAND.get(kind)
    if field is None:
        return body
    if isinstance(body.value, dict) and not _is_shorthand_mapping(kind, field, body.value):
        return body
    if isinstance(body.value, list):
        refuse(f"needs a mapping, or {field} alone", body, path)
    return Node({field: body}, body.place, {field: body.place})


def _is_shorthand_mapping(kind: type[StepBase], field: str, entries: dict[str, Node]) -> bool:
    """`settings: {apiKey: x}` and `consent: {Advertising: true}` are shorthand although they are mappings."""
    types: dict[str, Any] = {each.encode_name: each.type for each in msgspec.structs.fields(kind)}
    if getattr(types[field], "__origin__", None) is not dict:
        return False
    return not (set(entries) == {field} and isinstance(entries[field].value, dict))
