"""The bundle: that it can be loaded, and what it costs the page."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

from testbed.errors import Place
from testbed.lint.model import Finding, Severity
from testbed.lint.rules.api import Rule
from testbed.lint.script import Script, place_at
from testbed.lint.subject import Subject
from testbed.plugin import Plugin, Target
from testbed.plugin.typed import did_you_mean

MAX_RAW = 300_000
MAX_GZIP = 100_000
"""Bytes of a bundle from which on it is worth a warning: every visit of every page pays for them."""


class BundleSyntax(Rule):
    """The bundle is no JavaScript, or a module: the SDK loads it as a classic script."""

    id = "bundle-syntax"
    promise = "the bundle parses as a classic script"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for script in subject.bundles():
            if script.broken:
                yield self.found(
                    "no JavaScript, from about here on", script.broken, "build it again; `node --check` says more"
                )
            if script.module:
                fix = "bundle it as an IIFE, such as esbuild's --format=iife"
                yield self.found(
                    "an import or export: the SDK loads the bundle as a classic script", script.module, fix
                )


class BundleGlobal(Rule):
    """Nothing in the bundle sets the global that the SDK looks for. A name that is put together when the code runs
    cannot be seen here: where that may be, it is a warning."""

    id = "bundle-global"
    promise = "the bundle sets the global that the SDK looks for"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for target, script in _targets(subject):
            assert subject.plugin is not None
            name = global_of(subject.plugin, target)
            set_here = script.assigned.get(name)
            if set_here is None:
                yield self._missing(name, target, script)
            elif set_here.kind == "lexical":
                message = f"{name} is declared with let, const or class, which does not make it window.{name}"
                yield self.found(message, set_here.place, f"write `window[{name!r}] = ...`")

    def _missing(self, name: str, target: Target, script: Script) -> Finding:
        unsure = script.computed or re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])".encode(), script.source)
        others = [other for other in script.assigned if other.endswith(("Integration", "Destination", "Plugin"))]
        message = f"nothing{' that can be seen' if unsure else ''} in {script.file} sets window.{name}"
        fix = "set it in the bundle, or correct " + ("`name`" if target.style == "classic" else "`library`")
        nearest = did_you_mean(name, [*others, *script.assigned])
        severity: Severity = "warning" if unsure else "error"
        return self.found(message + nearest, Place(script.file), fix, severity=severity)


class BundleShim(Rule):
    """The bundle of a classic plugin sets window.<slug>Deps or window.<slug>Loader, which analytics.js reads before the
    integration, to what it cannot use. Segment's build sets both, and so does testbed where the bundle does not."""

    id = "bundle-shim"
    promise = "<slug>Deps is an array and <slug>Loader a function, where the bundle sets them"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for target, script in _targets(subject):
            if subject.plugin is None or target.style != "classic":
                continue
            for suffix, wanted, kinds in _SHIM:
                name = f"{subject.plugin.slug}{suffix}"
                found = script.assigned.get(name)
                if found is not None and found.kind in _LITERALS - kinds:
                    yield self.found(f"window.{name} is not {wanted}", found.place, "leave it to Segment's build")


_SHIM = (
    ("Deps", "an array", {"array"}),
    ("Loader", "a function", {"function_expression", "arrow_function"}),
)
_LITERALS = {
    "array", "object", "string", "template_string", "number", "true", "false", "null", "undefined", "regex",
    "function_expression", "arrow_function",
}  # fmt: skip


class BundleSize(Rule):
    """The bundle is large."""

    id = "bundle-size"
    promise = f"a bundle has at most {MAX_RAW:,} bytes, and {MAX_GZIP:,} gzipped"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for script in subject.bundles():
            raw, packed = len(script.source), len(gzip.compress(script.source, 9))
            if raw > MAX_RAW or packed > MAX_GZIP:
                message = f"{raw:,} bytes, {packed:,} gzipped; every page that loads the plugin pays for them"
                yield self.found(message, Place(script.file), "minify it, and leave out what no browser needs")


class BundleEval(Rule):
    """Text is run as code, which a site's content security policy forbids as a rule. `Function("return this")`, the way
    of libraries to find window where all else fails, is let pass."""

    id = "bundle-eval"
    promise = "the bundle runs no text as code"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for script in subject.scripts:
            if script.role != "vendor" and script.evals:
                more = f", and {len(script.evals) - 1} more" if len(script.evals) > 1 else ""
                message = f"text is run as code{more}: a site's content security policy forbids that"
                yield self.found(message, script.evals[0], "build without eval (webpack: another `devtool`)")


class SourceMap(Rule):
    """The bundle points to a source map, or holds one: its sources with it."""

    id = "source-map"
    promise = "the bundle comes without a source map"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for script in subject.bundles():
            for match in re.finditer(rb"//[#@] ?sourceMappingURL=(\S{0,200})", script.source):
                inline = match[1].startswith(b"data:")
                rest = len(script.source) - match.start()
                what = (
                    f"a source map of some {rest:,} bytes"
                    if inline
                    else f"a link to the source map {match[1].decode()!r}"
                )
                fix = "build for production without source maps"
                yield self.found(f"{what} is left in", place_at(script.file, script.source, match.start()), fix)


class Unparsed(Rule):
    """A script is too long to be parsed: what other rules look for in code was not looked for there."""

    id = "unparsed"
    promise = "every script is looked into"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for script in subject.scripts:
            if not script.parsed:
                message = f"{len(script.source):,} bytes are too many: no rule has looked into this file"
                yield self.found(message, Place(script.file), "minify it")


def global_of(plugin: Plugin, target: Target) -> str:
    return f"{plugin.slug}Integration" if target.style == "classic" else target.library or ""


def _targets(subject: Subject) -> Iterator[tuple[Target, Script]]:
    """The web targets, each with its bundle where that was parsed; those that share a bundle and a global, once."""
    scripts = {script.file: script for script in subject.bundles() if script.parsed}
    seen: set[tuple[str, str | None]] = set()
    for target in subject.plugin.manifest.targets.values() if subject.plugin else ():
        script = scripts.get(target.entry)
        if target.sdk == "web" and script is not None and (target.entry, target.library) not in seen:
            seen.add((target.entry, target.library))
            yield target, script
