"""`{$secret: value}`: a value that is played and judged as it is, and shown nowhere."""

from __future__ import annotations

import msgspec

from testbed.scenario.fields import kind_of, refuse
from testbed.scenario.model import Secret
from testbed.scenario.tree import Node

MARK = "$secret"
SHORTEST = 4
"""A shorter one could not be told from what is no secret, wherever it turns up."""


def reveal(root: Node) -> tuple[Node, tuple[Secret, ...]]:
    """The tree with each marked value in place of its mark, and those values. Raises PluginRefused for a mark that has
    not one text or number in it."""
    secrets: list[Secret] = []
    return _revealed(root, "", "", secrets), tuple(dict.fromkeys(secrets))


def _revealed(node: Node, path: str, name: str, secrets: list[Secret]) -> Node:
    if isinstance(node.value, list):
        items = [_revealed(item, f"{path}[{n}]", name, secrets) for n, item in enumerate(node.value)]
        return msgspec.structs.replace(node, value=items)
    if not isinstance(node.value, dict):
        return node
    if MARK in node.value:
        return _marked(node, path, name, secrets)
    entries = {}
    for key, each in node.value.items():
        below = f"{path}.{key}" if path else key
        entries[key] = _revealed(each, below, name if key.startswith("$") else key, secrets)
    return msgspec.structs.replace(node, value=entries)


def _marked(node: Node, path: str, name: str, secrets: list[Secret]) -> Node:
    assert isinstance(node.value, dict)
    inner = node.value[MARK]
    if len(node.value) > 1:
        refuse(f"{MARK} beside other keys", node.keys[MARK], path, f"write `{name}: {{{MARK}: value}}`")
    if isinstance(inner.value, bool) or not isinstance(inner.value, str | int | float):
        refuse(f"{MARK} needs text or a number, not {kind_of(inner)}", inner, path, "mark each value in it")
    if len(str(inner.value)) < SHORTEST:
        refuse(f"{MARK} needs at least {SHORTEST} characters", inner, path, "use a longer value")
    secrets.append(Secret(name, inner.value))
    return inner
