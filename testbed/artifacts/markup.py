"""Strangers' XML to a tree: no document type, so no entities, and no deeper than a person would write."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

MOST_DEEP = 100


class NotRead(ValueError):
    """XML that is not read, and why."""


def read_xml(data: bytes) -> Element:
    """The root element; names in a namespace as `{namespace}name`. Raises NotRead."""
    parser = ElementTree.XMLParser(target=_Builder())
    try:
        parser.feed(data)
        root = parser.close()
    except NotRead:
        raise
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise NotRead(f"no well-formed XML: {error}") from error
    assert isinstance(root, Element)
    return root


class _Builder(ElementTree.TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > MOST_DEEP:
            raise NotRead(f"XML nested more than {MOST_DEEP} deep")
        return super().start(tag, attributes)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise NotRead("XML with a document type, which could define entities")
