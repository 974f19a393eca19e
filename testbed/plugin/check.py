"""What a manifest must be beyond its shape: names that exist, hosts that are hosts, files that are in the zip.

`RULES` is the list; each rule yields what it finds, with key path and fix.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase

from testbed.errors import Place, PluginRefused
from testbed.plugin.classpath import COORDINATE, LOCK, covers, read_lock
from testbed.plugin.library import LIBRARIES, members
from testbed.plugin.manifest import refusal
from testbed.plugin.model import Manifest, Stub, Target
from testbed.plugin.names import name_problem
from testbed.plugin.nested import archive_kind
from testbed.plugin.stubs import stub_misfits
from testbed.plugin.typed import Keys, Misfit, did_you_mean

Files = Mapping[str, bytes]
Rule = Callable[[Manifest, Files], Iterator[Misfit]]


def check(manifest: Manifest, files: Files, places: Mapping[str, Place]) -> None:
    """Raises PluginRefused with all that is wrong."""
    if wrong := [refusal(misfit, places) for rule in RULES for misfit in rule(manifest, files)]:
        raise PluginRefused.of(wrong)


def plugin_name(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    name = manifest.name
    if not name.strip():
        yield Misfit(("name",), "is empty", "give the name that the destination has in the integrations object")
    elif name != name.strip() or not name.isprintable():
        yield Misfit(("name",), f"{name!r} has white space around it or a control character", "remove it")
    elif any(char in name for char in '/\\?#%"'):
        # It becomes part of a URL and of a global's name (analytics-next, ajs-destination/loader).
        yield Misfit(("name",), f'{name!r} holds one of / \\ ? # % "', "use letters, digits, spaces, dots and dashes")
    elif name in {"All", "Segment.io"}:
        yield Misfit(("name",), f"{name!r} has a meaning of its own in the integrations object", "choose another")
    if not manifest.version.strip():
        yield Misfit(("version",), "is empty", 'write `version = "0.1.0"`')


def target_ids(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    if not manifest.targets:
        yield Misfit((), "no target: there is nowhere to run the plugin", 'add [targets.web] with `sdk = "web"`')
    for key in manifest.targets:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", key):
            yield Misfit(("targets", key), f"{key!r} is no target id", "use small letters, digits, - and _")


def target_styles(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    for key, target in manifest.targets.items():
        if target.sdk == "web":
            yield from _web_target(("targets", key), target, manifest.name)
        elif target.sdk in {"android-java", "android-kotlin"}:
            yield from _android_target(("targets", key), target)


def target_files(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    for key, target in manifest.targets.items():
        if target.entry:
            yield from _file(("targets", key, "entry"), target.entry, files)
        if target.page is not None:
            yield from _file(("targets", key, "page"), target.page, files)
        for index, glob in enumerate(target.classpath):
            yield from _libraries(("targets", key, "classpath", index), glob, files)
        if target.maven and not read_lock(files).targets.get(key):
            yield Misfit(("targets", key, "maven"), "is not resolved in this zip", "make it with `testbed pack`")


def embedded_files(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    for name, artifact in read_lock(files).artifacts.items():
        if hashlib.sha256(files.get(name, b"")).hexdigest() != artifact.sha256:
            message = f"{name} is not the {artifact.coordinates} that {LOCK} says it is"
            yield Misfit((), message, "make the zip with `testbed pack`")


def secret_settings(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    known = {*manifest.settings, *(name for target in manifest.targets.values() for name in target.settings)}
    for index, name in enumerate(manifest.secret_settings):
        if name not in known:
            message = f"{name!r} is no setting{did_you_mean(name, known)}"
            yield Misfit(("secret_settings", index), message, "name a key of [settings] or of a target's settings")


def egress_hosts(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    for index, host in enumerate(manifest.egress.hosts):
        if problem := _host_problem(host):
            yield Misfit(
                ("egress", "hosts", index), f"{host!r} {problem}", "write `api.acme.example` or a glob below it"
            )


def stubs(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    for index, stub in enumerate(manifest.stub):
        yield from _stub(("stub", index), stub, manifest, files)


def differences(manifest: Manifest, files: Files) -> Iterator[Misfit]:
    for index, differs in enumerate(manifest.differs):
        if differs.target not in manifest.targets:
            message = f"{differs.target!r} is no target{did_you_mean(differs.target, manifest.targets)}"
            yield Misfit(("differs", index, "target"), message, f"use one of {', '.join(manifest.targets)}")
        if not differs.reason.strip():
            yield Misfit(("differs", index, "reason"), "is empty", "say why the difference is intended")


RULES: tuple[Rule, ...] = (
    plugin_name,
    target_ids,
    target_styles,
    target_files,
    embedded_files,
    secret_settings,
    egress_hosts,
    stubs,
    differences,
)


def _web_target(keys: Keys, target: Target, name: str) -> Iterator[Misfit]:
    if not target.entry:
        yield Misfit(keys, "'entry' is missing", "add `entry = ...`, the bundle that Segment's CDN would serve")
    if target.style == "classic":
        if target.library is not None:
            fix = "remove it, or set `style` to remote or register"
            yield Misfit((*keys, "library"), "a classic bundle's global follows from the plugin's name", fix)
        if name.startswith("Segment") or name == "Iterable":
            # analytics-next, ajs-destination/utils: isInstallableIntegration
            yield Misfit(("name",), f"analytics.js never loads a classic plugin named {name!r}", "choose another name")
    elif not target.library:
        global_ = "the global that holds the plugin factory"
        yield Misfit(keys, f"'library' is missing: {target.style} needs it", f"add `library = ...`, {global_}")
    if target.style != "remote" and target.subscriptions:
        yield Misfit((*keys, "subscriptions"), f"a {target.style} plugin has none", 'set `style = "remote"`')


def _android_target(keys: Keys, target: Target) -> Iterator[Misfit]:
    if not target.classpath and not target.maven:
        fix = 'add `classpath = ["android/build/acme.jar"]`, or `maven` with the coordinates of a library'
        yield Misfit(keys, "neither 'classpath' nor 'maven': there is no code to run", fix)
    what = "Integration.Factory" if target.sdk == "android-java" else "Plugin"
    if not target.factory:
        yield Misfit(keys, "'factory' is missing", f"add `factory = ...`, the {what} that the app hands to the SDK")
    elif not re.fullmatch(r"(?:[A-Za-z_]\w*\.)+[A-Za-z_$][\w$]*", target.factory):
        fix = f"write pkg.Class.FIELD or pkg.Class, of the {what}"
        yield Misfit((*keys, "factory"), f"{target.factory!r} names no class of a package", fix)
    for index, coordinate in enumerate(target.maven):
        if not COORDINATE.fullmatch(coordinate):
            message = f"{coordinate!r} is no Maven coordinate"
            yield Misfit((*keys, "maven", index), message, "write groupId:artifactId:version")


def _libraries(keys: Keys, glob: str, files: Files) -> Iterator[Misfit]:
    """What a `classpath` names, which must be there, be archives and hold code."""
    found = [name for name in files if covers(glob, name)]
    if not glob.endswith(LIBRARIES):
        yield Misfit(keys, f"{glob!r} names no AAR or JAR", "name files that end in .aar or .jar")
    elif not found and not any(char in glob for char in "*?["):
        yield from _file(keys, glob, files)
    elif not found:
        yield Misfit(keys, f"no file in the plugin fits {glob!r}", "build it first, or correct the glob")
    for name in found:
        if archive_kind(files[name]) != "zip":
            yield Misfit(keys, f"{name!r} is no {name[-3:].upper()}: it is not even a zip", "build it anew")
        elif name.endswith(".jar") and not any(inner.endswith(".class") for inner in members(files[name])):
            yield Misfit(keys, f"{name!r} has no class in it", "name the JAR of the classes, not of the sources")


def _stub(keys: Keys, stub: Stub, manifest: Manifest, files: Files) -> Iterator[Misfit]:
    for misfit in stub_misfits(stub):
        yield Misfit((*keys, *misfit.keys), misfit.message, misfit.fix)
    if stub.file is not None:
        yield from _file((*keys, "file"), stub.file, files)
    if not _covered(stub.host, manifest.egress.hosts):
        fix = f'add "{stub.host}" to `hosts` of [egress]'
        yield Misfit((*keys, "host"), f"{stub.host!r} is not covered by [egress] hosts", fix)


def _file(keys: Keys, name: str, files: Files) -> Iterator[Misfit]:
    if problem := name_problem(name):
        yield Misfit(keys, f"{name!r} {problem}", "name a file of the plugin's folder, relative to plugin.toml")
    elif name not in files:
        fix = "build it first if it is a build output; else correct the path, relative to plugin.toml"
        yield Misfit(keys, f"there is no file {name!r} in the plugin{did_you_mean(name, files)}", fix)


def _covered(host: str, declared: tuple[str, ...]) -> bool:
    return any(fnmatchcase(host.lower(), glob.lower()) for glob in declared)


def _host_problem(host: str) -> str | None:
    if "://" in host or "/" in host:
        return "is a URL, not a host"
    if re.search(r":\d*$", host):
        return "has a port; a host is declared with all its ports"
    labels = host.lower().split(".")
    if len(host) > 253 or not all(re.fullmatch(r"(?!-)[a-z0-9_*?-]{1,63}(?<!-)", label) for label in labels):
        return "is no host name"
    if len(labels) < 2 or any(char in label for label in labels[-2:] for char in "*?"):
        # `*.com` or `acme.*` would let the plugin talk to hosts of others without a finding.
        return "does not spell out the last two labels"
    return None
