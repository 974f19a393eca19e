"""What a library needs, by Maven's rules, from a repository of our own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from testbed.artifacts.maven import Repository, Resolution, Unresolved, resolve
from testbed.errors import EnvironmentFault
from tests.artifacts.repository import Served, dependency

PARENT = "<parent><groupId>com.acme</groupId><artifactId>parent</artifactId><version>{version}</version></parent>"
MANAGED = "<dependencyManagement><dependencies>{inside}</dependencies></dependencyManagement>"
NEEDS = "<dependencies>{inside}</dependencies>"
BOM = "<type>pom</type>"


def resolved(maven: Served, *roots: str, without: tuple[str, ...] = ()) -> Resolution:
    return resolve(roots, Repository(maven.url), without=without)


def names(resolution: Resolution) -> list[str]:
    return [str(each.coordinates) for each in resolution.artifacts]


def nearest(maven: Served) -> None:
    """a needs b and c; b needs c 1, a itself c 2."""
    maven.library("com.acme:a:1", "com.acme:b:1", "com.acme:c:2")
    maven.library("com.acme:b:1", "com.acme:c:1", "com.acme:d:1")
    maven.library("com.acme:c:2")
    maven.library("com.acme:d:1", "com.acme:e:1")
    maven.library("com.acme:e:1")


def first_of_as_near(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:1", "com.acme:c:1")
    maven.library("com.acme:b:1", "com.acme:d:1")
    maven.library("com.acme:c:1", "com.acme:d:2")
    maven.library("com.acme:d:1")


def scopes(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:1:runtime", "com.acme:c:1:test", "com.acme:d:1:provided")
    maven.library("com.acme:b:1", "com.acme:e:1:compile", "com.acme:f:1:system")
    maven.library("com.acme:e:1")


def optional(maven: Served) -> None:
    maven.pom("com.acme:a:1", NEEDS.format(inside=dependency("com.acme:b:1", "<optional>true</optional>")))
    maven.put("com.acme:a:1", b"a")


def inherited(maven: Served) -> None:
    """Version, properties and dependencies come from the parent, and its parent."""
    maven.pom("com.acme:root:7", "<properties><c.version>3</c.version><d>${c.version}.1</d></properties>", "pom")
    grand = "<parent><groupId>com.acme</groupId><artifactId>root</artifactId><version>7</version></parent>"
    needs = NEEDS.format(inside=dependency("${project.groupId}:d:${d}"))
    managed = MANAGED.format(inside=dependency("com.acme:b:${project.version}"))
    maven.pom("com.acme:parent:1", grand + managed + needs, "pom")
    maven.pom("com.acme:a:5", PARENT.format(version=1) + NEEDS.format(inside=dependency("com.acme:b")))
    maven.put("com.acme:a:5", b"a")
    maven.library("com.acme:b:5")
    maven.library("com.acme:d:3.1")


def imported(maven: Served) -> None:
    """The nearest declaration wins over an imported BOM, the first BOM over the second."""
    maven.pom("com.acme:one:1", MANAGED.format(inside=dependency("com.acme:b:1") + dependency("com.acme:c:1")), "pom")
    maven.pom("com.acme:two:1", MANAGED.format(inside=dependency("com.acme:c:2") + dependency("com.acme:d:2")), "pom")
    boms = dependency("com.acme:one:1:import", BOM) + dependency("com.acme:two:1:import", BOM)
    needs = "".join(map(dependency, ("com.acme:b", "com.acme:c", "com.acme:d")))
    maven.pom("com.acme:a:1", MANAGED.format(inside=boms + dependency("com.acme:b:9")) + NEEDS.format(inside=needs))
    maven.put("com.acme:a:1", b"a")
    for at in ("com.acme:b:9", "com.acme:c:1", "com.acme:d:2"):
        maven.library(at)


def excluded(maven: Served) -> None:
    """b without c, and all of d without anything."""
    no_c = "<exclusions><exclusion><groupId>com.acme</groupId><artifactId>c</artifactId></exclusion></exclusions>"
    nothing = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
    maven.pom(
        "com.acme:a:1", NEEDS.format(inside=dependency("com.acme:b:1", no_c) + dependency("com.acme:d:1", nothing))
    )
    maven.put("com.acme:a:1", b"a")
    maven.library("com.acme:b:1", "com.acme:c:1", "com.acme:e:1")
    maven.library("com.acme:e:1", "com.acme:c:1")
    maven.library("com.acme:d:1", "com.acme:f:1")


def unsaid_aar(maven: Served) -> None:
    """A POM does not say that what it needs is an AAR: that one's own does, or neither."""
    maven.library("com.acme:a:1", "com.acme:b:1", "com.acme:c:1", packaging="aar")
    maven.library("com.acme:b:1", packaging="aar")
    maven.pom("com.acme:c:1")
    maven.put("com.acme:c:aar:1", b"c")


def odd_packagings(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:1", "com.acme:c:1")
    maven.pom("com.acme:b:1", packaging="bundle")
    maven.put("com.acme:b:1", b"b")
    maven.pom("com.acme:c:1", NEEDS.format(inside=dependency("com.acme:d:1")), "pom")
    maven.library("com.acme:d:1")


def circular(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:1")
    maven.library("com.acme:b:1", "com.acme:a:1")


def moved(maven: Served) -> None:
    to = "<relocation><groupId>org.acme</groupId></relocation>"
    maven.pom("com.acme:a:1", f"<distributionManagement>{to}</distributionManagement>")
    maven.library("org.acme:a:1", "com.acme:b:1")
    maven.library("com.acme:b:1")


def one_of_a_range(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:[1.2]")
    maven.library("com.acme:b:1.2")


CASES: list[tuple[Callable[[Served], None], str, str]] = [
    (nearest, "com.acme:a:1", "a:1 b:1 c:2 d:1 e:1"),
    (first_of_as_near, "com.acme:a:1", "a:1 b:1 c:1 d:1"),
    (scopes, "com.acme:a:1", "a:1 b:1 e:1"),
    (optional, "com.acme:a:1", "a:1"),
    (inherited, "com.acme:a:5", "a:5 b:5 d:3.1"),
    (imported, "com.acme:a:1", "a:1 b:9 c:1 d:2"),
    (excluded, "com.acme:a:1", "a:1 b:1 d:1 e:1"),
    (unsaid_aar, "com.acme:a:1", "a:aar:1 b:aar:1 c:aar:1"),
    (odd_packagings, "com.acme:a:1", "a:1 b:1 d:1"),
    (circular, "com.acme:a:1", "a:1 b:1"),
    (one_of_a_range, "com.acme:a:1", "a:1 b:1.2"),
]


@pytest.mark.parametrize(("published", "root", "expected"), CASES, ids=[case[0].__name__ for case in CASES])
def test_what_is_needed(maven: Served, published: Callable[[Served], None], root: str, expected: str):
    published(maven)
    assert names(resolved(maven, root)) == [f"com.acme:{each}" for each in expected.split()]


def test_what_has_moved_is_had_from_there(maven: Served):
    moved(maven)
    assert names(resolved(maven, "com.acme:a:1")) == ["org.acme:a:1", "com.acme:b:1"]


def test_a_second_time_it_is_all_on_this_machine(maven: Served):
    nearest(maven)
    first = resolved(maven, "com.acme:a:1")
    maven.deaf = True
    assert resolved(maven, "com.acme:a:1") == first


def test_what_is_left_out_is_said_with_who_asked_for_it(maven: Served):
    maven.library("com.acme:a:1", "com.acme:b:1", "androidx.core:core:1.6")
    maven.library("com.acme:b:1", "androidx.core:core:1.5", "androidx.test:monitor:1")
    found = resolved(maven, "com.acme:a:1", without=("androidx.*",))
    assert names(found) == ["com.acme:a:1", "com.acme:b:1"]
    assert [(left.coordinates, left.asked_by) for left in found.left_out] == [
        ("androidx.core:core:1.6", ("com.acme:a:1",)),
        ("androidx.test:monitor:1", ("com.acme:a:1", "com.acme:b:1")),
    ]


def test_who_asked_for_each(maven: Served):
    nearest(maven)
    by = {each.coordinates.artifact: each.asked_by for each in resolved(maven, "com.acme:a:1").artifacts}
    assert by["a"] == ()
    assert by["e"] == ("com.acme:a:1", "com.acme:b:1", "com.acme:d:1")


def no_pom(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:1")
    maven.library("com.acme:b:1", "com.acme:gone:2")


def no_file(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:1")
    maven.pom("com.acme:b:1")


def no_version(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b")


def unknown_property(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:${b.version}")


def endless_property(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:${x}", more="<properties><x>${y}</x><y>${x}${x}</y></properties>")


def circular_parents(maven: Served) -> None:
    maven.pom("com.acme:a:1", PARENT.format(version=1))
    maven.pom("com.acme:parent:1", PARENT.format(version=2), "pom")
    maven.pom("com.acme:parent:2", PARENT.format(version=1), "pom")


def circular_boms(maven: Served) -> None:
    maven.pom("com.acme:a:1", MANAGED.format(inside=dependency("com.acme:one:1:import", BOM)))
    maven.pom("com.acme:one:1", MANAGED.format(inside=dependency("com.acme:two:1:import", BOM)), "pom")
    maven.pom("com.acme:two:1", MANAGED.format(inside=dependency("com.acme:one:1:import", BOM)), "pom")


def no_bom(maven: Served) -> None:
    maven.pom("com.acme:a:1", MANAGED.format(inside=dependency("com.acme:gone:1:import", BOM)))


def whichever_is_newest(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:b:[1.0,2.0)")


def leads_out(maven: Served) -> None:
    maven.library("com.acme:a:1", "com.acme:../../../etc:1")


FAULTS: list[tuple[Callable[[Served], None], str]] = [
    (no_pom, r"com\.acme:gone:2, asked for by com\.acme:b:1 <- com\.acme:a:1: .* has no such POM"),
    (no_file, r"com\.acme:b:1, asked for by com\.acme:a:1: .* has its POM, and no jar or aar"),
    (no_version, r"com\.acme:b, asked for by com\.acme:a:1: no version is given, neither there nor by a parent or BOM"),
    (unknown_property, r"com\.acme:b:\$\{b\.version\}, asked for by com\.acme:a:1: .* is not of the form"),
    (endless_property, r"com\.acme:b:.* is not of the form"),
    (circular_parents, r"its parents go in a circle: com\.acme:a:1 -> com\.acme:parent:1 -> com\.acme:parent:2 -> com"),
    (circular_boms, r"its BOMs go in a circle: com\.acme:a:1 -> com\.acme:one:1 -> com\.acme:two:1 -> com\.acme:one:1"),
    (no_bom, r"com\.acme:a:1: there is no com\.acme:gone:1, whose versions it imports"),
    (whichever_is_newest, r"com\.acme:b:\[1\.0,2\.0\), asked for by com\.acme:a:1: not one version"),
    (leads_out, r"com\.acme:\.\./.* is not of the form"),
]


@pytest.mark.parametrize(("published", "says"), FAULTS, ids=[case[0].__name__ for case in FAULTS])
def test_what_cannot_be_resolved_is_named(maven: Served, published: Callable[[Served], None], says: str):
    published(maven)
    with pytest.raises(Unresolved, match=says):
        resolved(maven, "com.acme:a:1")


def lying_checksum(maven: Served) -> None:
    maven.library("com.acme:a:1")
    maven.files["com/acme/a/1/a-1.jar"] = b"somebody else's"


def checksum_page(maven: Served) -> None:
    maven.library("com.acme:a:1")
    maven.lies["com/acme/a/1/a-1.jar.sha1"] = ("text/html", b"<html>Sign in</html>")


def pom_page(maven: Served) -> None:
    page = b"<html><body>Sign in</body></html>"
    maven.put("com.acme:a:pom:1", page)


def entities(maven: Served) -> None:
    maven.put("com.acme:a:pom:1", b'<!DOCTYPE project [<!ENTITY a "aaaa">]><project>&a;</project>')


def too_deep(maven: Served) -> None:
    maven.put("com.acme:a:pom:1", b"<project>" * 1_000)


LIES: list[tuple[Callable[[Served], None], str]] = [
    (lying_checksum, "com.acme:a:1 is not what it must be: its sha1 is"),
    (checksum_page, "a-1.jar.sha1 is no checksum"),
    (pom_page, "a-1.pom is a <html>, not a POM"),
    (entities, "a-1.pom is XML with a document type"),
    (too_deep, "a-1.pom is XML nested more than 100 deep"),
]


@pytest.mark.parametrize(("published", "says"), LIES, ids=[case[0].__name__ for case in LIES])
def test_a_repository_that_lies(maven: Served, published: Callable[[Served], None], says: str):
    published(maven)
    with pytest.raises(EnvironmentFault) as raised:
        resolved(maven, "com.acme:a:1")
    assert says in raised.value.message
    assert "TESTBED_MAVEN_URL" in str(raised.value.fix)
