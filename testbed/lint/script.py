"""JavaScript, read and not run: what a file sets, calls and has in quotes.

Parsed by tree-sitter, whose tree of a broken file is as complete as can be. What is put together only when the code
runs (`window[a + b]`, a host made of pieces) is not seen here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

import msgspec
import tree_sitter_javascript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from testbed.errors import Place

MAX_PARSED = 4 << 20
"""Bytes. Broken code takes the parser seconds a megabyte."""

Role = Literal["bundle", "code", "vendor"]


class Text(msgspec.Struct, frozen=True):
    """What stands in quotes, or between two `${}` of a template. `open` says that code goes on where it ends."""

    value: str
    place: Place
    open: bool


class Assigned(msgspec.Struct, frozen=True):
    """Something that is set: `kind` is what the tree calls the value (`array`, `function_expression`); "lexical" for
    what `let`, `const` and `class` declare, which becomes no property of window."""

    kind: str
    place: Place


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One file. `role`: a target's bundle; other code of the plugin; a vendor's script that a stub serves.

    `assigned` is what becomes a global or a property of any object, by name; `computed`: window gets a property whose
    name the code makes up. `parsed` is False for what is too long: all that follows is empty then."""

    file: str
    role: Role
    source: bytes
    parsed: bool = True
    broken: Place | None = None
    module: Place | None = None
    """Where it first says `import` or `export`."""
    texts: tuple[Text, ...] = ()
    assigned: dict[str, Assigned] = {}
    computed: bool = False
    evals: tuple[Place, ...] = ()


def place_at(file: str, content: bytes, offset: int) -> Place:
    """The place of a byte. Columns count bytes, as the parser's do."""
    return Place(file, content.count(b"\n", 0, offset) + 1, offset - content.rfind(b"\n", 0, offset))


def read_script(file: str, source: bytes, role: Role) -> Script:
    if len(source) > MAX_PARSED:
        return Script(file=file, role=role, source=source, parsed=False)
    root = Parser(_language()).parse(source).root_node
    found = {name: _in_order(nodes) for name, nodes in QueryCursor(_query()).captures(root).items()}

    def place(node: Node) -> Place:
        return Place(file, node.start_point.row + 1, node.start_point.column + 1)

    wrong = _first_wrong(root) if root.has_error else None
    return Script(
        file=file,
        role=role,
        source=source,
        broken=place(wrong) if wrong else None,
        module=next((place(node) for node in found.get("module", [])), None),
        texts=tuple(text for node in found.get("text", []) for text in _texts(node, place(node))),
        assigned={name: Assigned(_kind(node), place(node)) for name, node in _set(found).items()},
        computed="computed" in found,
        evals=tuple(place(node) for node in found.get("eval", []) if not _asks_for_global(node)),
    )


_QUERY = r"""
[(string) (template_string)] @text

(assignment_expression left: (member_expression property: (property_identifier) @property))
(assignment_expression left: (subscript_expression index: (string) @property))
(call_expression function: (member_expression property: (property_identifier) @define)
  arguments: (arguments (_) . (string) @property) (#eq? @define "defineProperty"))
(program (variable_declaration (variable_declarator name: (identifier) @global)))
(program (function_declaration name: (identifier) @global))
(assignment_expression left: (identifier) @bare)
(program (lexical_declaration (variable_declarator name: (identifier) @lexical)))
(program (class_declaration name: (identifier) @lexical))
(variable_declarator name: (identifier) @local)
(formal_parameters (identifier) @local)
(assignment_expression left: (subscript_expression
  object: [(identifier) (this)] @window index: [(identifier) (binary_expression) (template_string)
  (call_expression) (member_expression)] @computed) (#match? @window "^(window|self|globalThis|global|this|top)$"))

(program [(import_statement) (export_statement)] @module)

(call_expression function: (identifier) @eval (#match? @eval "^(eval|Function)$"))
(call_expression function: (member_expression property: (property_identifier) @eval (#eq? @eval "eval")))
(call_expression function: (parenthesized_expression (sequence_expression (identifier) @eval (#eq? @eval "eval"))))
(new_expression constructor: (identifier) @eval (#eq? @eval "Function"))
(call_expression function: [(identifier) (member_expression)] @timer arguments: (arguments . (string) @eval)
  (#match? @timer "(^|\\.)set(Timeout|Interval)$"))
"""


@cache
def _language() -> Language:
    return Language(tree_sitter_javascript.language())


@cache
def _query() -> Query:
    return Query(_language(), _QUERY)


def _in_order(nodes: list[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: node.start_byte)


def _first_wrong(root: Node) -> Node:
    """The first node that is no JavaScript, or that is missing: down along what holds an error."""
    node = root
    while not (node.is_error or node.is_missing):
        deeper = next((child for child in node.children if child.has_error or child.is_missing), None)
        if deeper is None:
            break
        node = deeper
    return node


def _texts(node: Node, place: Place) -> Iterator[Text]:
    """A string, or each piece of a template between what the code puts in."""
    piece = ""
    for child in node.named_children:
        if child.type == "template_substitution":
            yield Text(piece, place, open=True)
            piece = ""
        else:
            piece += _unescaped(_said(child)) if child.type == "escape_sequence" else _said(child)
    yield Text(piece, place, open=_is_added_to(node))


def _is_added_to(node: Node) -> bool:
    """Whether something follows: it is on the left of a `+`, or at the right end of what is."""
    while node.parent is not None and node.parent.type == "binary_expression":
        if node.parent.child_by_field_name("left") == node:
            return True
        node = node.parent
    return False


def _unescaped(sequence: str) -> str:
    r"""What `\/`, `\x2f` or `\u002f` stand for."""
    if code := re.fullmatch(r"\\(?:x|u\{?)([0-9a-fA-F]{1,6})\}?", sequence):
        number = int(code[1], 16)
        return chr(number) if number < 0x110000 else ""
    return sequence[1:]


def _set(found: dict[str, list[Node]]) -> dict[str, Node]:
    """The first place where each name is set, for what becomes a property; else for what becomes a global; else for
    what does not. A bare assignment makes a global where nothing in the file declares the name."""
    declared = {_said(node) for name in ("local", "lexical") for node in found.get(name, [])}
    bare = [node for node in found.get("bare", []) if _said(node) not in declared]
    ranked = [*found.get("property", []), *found.get("global", []), *bare, *found.get("lexical", [])]
    return {_said(node).strip("\"'"): node for node in reversed(ranked)}


def _said(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _kind(node: Node) -> str:
    """The kind of the value that a name gets."""
    at = node.parent
    while at is not None:
        if at.type == "class_declaration" or (at.parent is not None and at.parent.type == "lexical_declaration"):
            return "lexical"
        if (value := at.child_by_field_name("right") or at.child_by_field_name("value")) is not None:
            return value.type
        if at.type in {"function_declaration", "variable_declarator", "call_expression"}:
            return at.type
        at = at.parent
    return ""


def _asks_for_global(node: Node) -> bool:
    """`Function("return this")()`, which libraries fall back on where there is no globalThis, and guard."""
    call = node.parent
    arguments = call.child_by_field_name("arguments") if call else None
    return arguments is not None and _said(arguments).strip("()\"'") == "return this"


def in_texts(scripts: tuple[Script, ...]) -> Iterator[tuple[Script, Text]]:
    for script in scripts:
        for text in script.texts:
            yield script, text
