"""The libraries of a plugin's android targets, with the classes in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from testbed.lint.classfile import ClassFile, NoClass, read_class
from testbed.plugin import Plugin, Target
from testbed.plugin.classpath import classpath_of
from testbed.plugin.library import jars_of, members


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """An AAR or JAR. `classes` by the names that they have in the file (`android/acme.jar!/com/acme/Acme.class`),
    `contents` what else is in it likewise, `broken` why a class cannot be read."""

    file: str
    targets: tuple[str, ...]
    size: int
    classes: Mapping[str, ClassFile]
    contents: Mapping[str, bytes]
    broken: Mapping[str, str] = {}

    @property
    def native(self) -> list[str]:
        """The native code in an AAR: jni/ABI/NAME.so."""
        return [name for name in self.contents if "!/jni/" in name and name.endswith(".so")]


def read_libraries(plugin: Plugin) -> tuple[Library, ...]:
    """Each once, with the targets that use it, in class path order."""
    targets: dict[str, list[str]] = {}
    for target in android_targets(plugin):
        for name in classpath_of(plugin, target):
            targets.setdefault(name, []).append(target.id)
    return tuple(_library(name, plugin.files[name], tuple(used)) for name, used in targets.items())


def android_targets(plugin: Plugin) -> Iterator[Target]:
    return (target for target in plugin.manifest.targets.values() if target.platform == "android")


def _library(name: str, data: bytes, targets: tuple[str, ...]) -> Library:
    contents = {f"{name}!/{member}": content for member, content in members(data).items()}
    for jar, inside in jars_of(name, data):
        if jar != name:
            contents |= {f"{jar}!/{member}": content for member, content in members(inside).items()}
    classes: dict[str, ClassFile] = {}
    broken: dict[str, str] = {}
    for member, content in contents.items():
        if member.endswith(".class") and not member.endswith(("module-info.class", "package-info.class")):
            try:
                classes[member] = read_class(content)
            except NoClass as error:
                broken[member] = str(error)
    return Library(file=name, targets=targets, size=len(data), classes=classes, contents=contents, broken=broken)
