"""The classes of an app's libraries, as far as their names and versions go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from testbed.apk.library import Library
from testbed.errors import Place, PluginRefused

NEWEST = 61
"""The class file version of Java 17 (JVM specification, table 4.1-A), which is what virtual phones run on."""


def classes_of(library: Library) -> Iterator[tuple[str, bytes]]:
    """Each class that a device loads by its binary name with slashes, and its content; a JAR's classes for newer Javas
    and its module description are none of them."""
    for name, content in library.files.items():
        if name.endswith(".class") and not name.startswith("META-INF/") and name != "module-info.class":
            yield name.removesuffix(".class"), content


def check_classes(ours: Iterable[Library], plugin: Iterable[Library], *, source: str) -> None:
    """Raises PluginRefused for a class of the plugin's that is there twice, which no device installs and a JVM takes as
    the first of both, and for one that is compiled for a newer Java than the devices'."""
    seen = {name: library.name for library in ours for name, _ in classes_of(library)}
    for library in plugin:
        for name, content in classes_of(library):
            dotted = name.replace("/", ".")
            if (first := seen.setdefault(name, library.name)) != library.name:
                message = f"{dotted} is in {first} and in {library.name}: an app has each class once"
                fix = f"leave it out of {library.name}: a library brings its own classes alone"
                raise PluginRefused(message, place=Place(source), fix=fix)
            if (version := int.from_bytes(content[6:8], "big")) > NEWEST:
                message = f"{library.name} has {dotted}, compiled for Java {version - 44}"
                fix = f"compile it with --release {NEWEST - 44} or older"
                raise PluginRefused(message, place=Place(source), fix=fix)


def packages_of(plugin: Iterable[Library]) -> tuple[str, ...]:
    """What the names of the plugin's classes begin with: its packages, each with a dot, none that lies in another."""
    names = {name.replace("/", ".") for library in plugin for name, _ in classes_of(library)}
    packages = sorted({name.rpartition(".")[0] + "." if "." in name else name for name in names})
    found: list[str] = []
    for package in packages:
        if not (found and found[-1].endswith(".") and package.startswith(found[-1])):
            found.append(package)
    return tuple(found)


def native_code_of(plugin: Iterable[Library]) -> Iterator[str]:
    """What the plugin has that is no class, in words: a virtual device runs none of it."""
    for library in plugin:
        if library.native:
            kinds = ", ".join(sorted({name.partition("/")[0] for name in library.native}))
            only = "" if any(classes_of(library)) else " and no class"
            yield f"{library.name} brings native code ({kinds}){only}: a virtual device runs none"
