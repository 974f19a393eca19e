"""What an android target brings: its factory, its classes, and what is in its libraries besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from testbed.errors import Place
from testbed.lint.classfile import ClassFile
from testbed.lint.library import android_targets
from testbed.lint.model import Finding
from testbed.lint.rules.api import Rule
from testbed.lint.subject import Subject
from testbed.plugin import Target
from testbed.plugin.typed import did_you_mean

MAX_LIBRARIES = 5_000_000
"""Bytes of a target's libraries from which on they are worth a warning: every install of every app pays for them."""

FACTORY = "com/segment/analytics/integrations/Integration$Factory"
PLUGIN = "com/segment/analytics/kotlin/core/platform/"
"""What analytics-android takes (Analytics.Builder.use), and where the kinds of Plugin are that analytics-kotlin takes
(Analytics.add)."""

WANTED: Mapping[str, tuple[str, str]] = {
    "android-java": (FACTORY, "an Integration.Factory of analytics-android"),
    "android-kotlin": (PLUGIN, "a Plugin of analytics-kotlin"),
}


class Factory(Rule):
    """The class or field that `factory` names is not in the target's libraries, or is nothing that the SDK takes. What
    it inherits from classes that are not in the libraries is not known here."""

    id = "factory"
    promise = "`factory` names what the SDK takes"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        if subject.plugin is None:
            return
        for target in android_targets(subject.plugin):
            classes = {
                found.name: found
                for library in subject.libraries
                if target.id in library.targets
                for found in library.classes.values()
            }
            if target.factory and classes and (problem := _problem(target, classes)):
                message, fix = problem
                place = subject.plugin.places.get(f"targets.{target.id}.factory")
                yield self.found(f"{target.factory} {message}", place, fix)


class ClassFiles(Rule):
    """A library has a class that is none: the app cannot be built with it."""

    id = "class-file"
    promise = "the libraries' classes can be read"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for library in subject.libraries:
            for name, why in library.broken.items():
                yield self.found(f"no class file: {why}", Place(name), "build the library anew")


class NativeCode(Rule):
    """An AAR has native code. A phone and an emulator run it; a virtual device, which runs classes, does not."""

    id = "native-code"
    promise = "the libraries run on a virtual device as a whole"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for library in subject.libraries:
            if library.native:
                alone = "" if library.classes else ", and nothing else"
                message = f"holds native code{alone}, which a virtual device does not run"
                yield self.found(message, Place(library.file), "test what needs it with `-d android=SERIAL`")


class LibrarySize(Rule):
    """What a target's libraries add to every app."""

    id = "library-size"
    promise = "the libraries of a target are small"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for target in android_targets(subject.plugin) if subject.plugin else ():
            size = sum(library.size for library in subject.libraries if target.id in library.targets)
            if size > MAX_LIBRARIES:
                place = subject.plugin.places.get(f"targets.{target.id}") if subject.plugin else None
                message = f"the libraries of {target.id} have {size:,} bytes, over {MAX_LIBRARIES:,}"
                yield self.found(message, place, "leave out what the app has anyway, or what the plugin does not need")


def _problem(target: Target, classes: Mapping[str, ClassFile]) -> tuple[str, str] | None:
    """What is wrong with the factory, and the fix."""
    named = target.factory.replace(".", "/")
    owner, _, field = named.rpartition("/")
    found = _class(named, classes)
    if found is not None:
        return _misfit(target, found.name, classes)
    owning = _class(owner, classes)
    if owning is None:
        nearest = did_you_mean(target.factory, [name.replace("/", ".") for name in classes])
        return f"is not in the libraries of {target.id}{nearest}", "correct it, or add its library to `classpath`"
    if field in owning.static:
        return _misfit(target, owning.static[field], classes)
    if owning.extends:
        return None  # it may be inherited
    fields = ", ".join(owning.static) or "none"
    return f"is no static field of {owner.replace('/', '.')}", f"its static fields: {fields}"


def _class(named: str, classes: Mapping[str, ClassFile]) -> ClassFile | None:
    """The class, also where a nested one is written with a dot."""
    while named not in classes and "/" in named:
        outer, _, inner = named.rpartition("/")
        named = f"{outer}${inner}"
    return classes.get(named)


def _misfit(target: Target, name: str, classes: Mapping[str, ClassFile]) -> tuple[str, str] | None:
    """Why a class is nothing that the SDK takes; None where it is, or where that is not known here."""
    wanted, in_words = WANTED[target.sdk]
    reached, waiting = set[str](), [name]
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached.add(each)
            waiting += classes[each].extends if each in classes else ()
    if any(each.startswith(wanted) for each in reached):
        return None
    if other := next((words for prefix, words in WANTED.values() if any(e.startswith(prefix) for e in reached)), None):
        return f"is {other}, not {in_words}", f"name another class, or set `sdk` of {target.id}"
    unknown = [each for each in reached if each and each not in classes and not each.startswith("java/")]
    return None if unknown else (f"is not {in_words}", f"name one that the app hands to {target.sdk.replace('-', ' ')}")
