"""A POM as it stands in its file: nothing inherited, no property filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

import msgspec

from testbed.artifacts.markup import NotRead, read_xml


class Dependency(msgspec.Struct, frozen=True, kw_only=True):
    """One <dependency>; what it leaves open is "". `exclusions` are pairs of group and artifact, each maybe `*`."""

    group: str
    artifact: str
    version: str = ""
    type: str = ""
    classifier: str = ""
    scope: str = ""
    optional: str = ""
    exclusions: tuple[tuple[str, str], ...] = ()

    @property
    def managed_as(self) -> tuple[str, str, str, str]:
        """What dependencyManagement knows it by."""
        return (self.group, self.artifact, self.type or "jar", self.classifier)


class Parent(msgspec.Struct, frozen=True):
    group: str
    artifact: str
    version: str


class Pom(msgspec.Struct, frozen=True, kw_only=True):
    """`relocated` is where the artifact has moved to, with "" for what stays."""

    group: str
    artifact: str
    version: str
    packaging: str
    parent: Parent | None = None
    relocated: Parent | None = None
    properties: Mapping[str, str] = {}
    managed: tuple[Dependency, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


def read_pom(data: bytes) -> Pom:
    """Raises NotRead for what is no POM."""
    root = read_xml(data)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]  # old POMs are in no namespace
    if root.tag != "project":
        raise NotRead(f"a <{root.tag}>, not a POM")
    properties = root.find("properties")
    return Pom(
        group=_text(root, "groupId"),
        artifact=_text(root, "artifactId"),
        version=_text(root, "version"),
        packaging=_text(root, "packaging") or "jar",
        parent=_parent(root.find("parent")),
        relocated=_parent(root.find("distributionManagement/relocation")),
        properties={each.tag: (each.text or "").strip() for each in properties if isinstance(each.tag, str)}
        if properties is not None
        else {},
        managed=tuple(_dependencies(root.find("dependencyManagement/dependencies"))),
        dependencies=tuple(_dependencies(root.find("dependencies"))),
    )


def _parent(element: Element | None) -> Parent | None:
    if element is None:
        return None
    return Parent(_text(element, "groupId"), _text(element, "artifactId"), _text(element, "version"))


def _dependencies(element: Element | None) -> Iterator[Dependency]:
    for each in element.iterfind("dependency") if element is not None else ():
        yield Dependency(
            group=_text(each, "groupId"),
            artifact=_text(each, "artifactId"),
            version=_text(each, "version"),
            type=_text(each, "type"),
            classifier=_text(each, "classifier"),
            scope=_text(each, "scope"),
            optional=_text(each, "optional"),
            exclusions=tuple(
                (_text(left, "groupId") or "*", _text(left, "artifactId") or "*")
                for left in each.iterfind("exclusions/exclusion")
            ),
        )


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
