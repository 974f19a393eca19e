"""The hosts that the code names, against those that the manifest declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from testbed.errors import Place
from testbed.lint.model import Finding
from testbed.lint.rules.api import Rule
from testbed.lint.script import in_texts
from testbed.lint.subject import Subject
from testbed.segment.hosts import API_HOSTS, CDN_HOSTS

_URL = re.compile(r"(?:(?:(https?|wss?):)|^)//([a-z0-9-]+(?:\.[a-z0-9-]+)+|localhost)(?![a-z0-9.-]*@)", re.IGNORECASE)
_NOBODY = API_HOSTS | CDN_HOSTS | {"www.w3.org", "schemas.android.com", "xmlpull.org", "xml.org"}
"""Hosts that are no vendor's: Segment's own; the names of XML's namespaces and parsers."""


class Named(msgspec.Struct, frozen=True):
    """A host in a URL of the code."""

    host: str
    scheme: str
    place: Place


class UndeclaredHost(Rule):
    """A URL in the code, or one that a text of a class begins with, leads to a host that [egress] does not declare. It
    may be a link that is never followed, so it is a warning: what a run really sends there fails it."""

    id = "undeclared-host"
    promise = "each host that the code names is declared in [egress]"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        if subject.plugin is None:
            return
        hosts = subject.plugin.manifest.egress.hosts
        by_host: dict[str, list[Named]] = {}
        for named in _named(subject):
            if not _declared(named.host, hosts):
                by_host.setdefault(named.host, []).append(named)
        for host, places in by_host.items():
            more = f" ({len(places)} times)" if len(places) > 1 else ""
            fix = f'add "{host}" to `hosts` of [egress], if the plugin talks to it'
            yield self.found(f"the code names {host}{more}, which is not declared", places[0].place, fix)


class PlainHttp(Rule):
    """A URL in the code leads to a declared host without TLS."""

    id = "plain-http"
    promise = "declared hosts are named with https or wss"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        hosts = subject.plugin.manifest.egress.hosts if subject.plugin else ()
        seen: set[str] = set()
        for named in _named(subject):
            if named.scheme in {"http", "ws"} and _declared(named.host, hosts) and named.host not in seen:
                seen.add(named.host)
                yield self.found(f"{named.scheme}://{named.host} goes unencrypted", named.place, "use TLS")


class UnusedHost(Rule):
    """A declared host is named nowhere: not in a script, a page, a setting or a scenario. It may be put together when
    the code runs, so it is a note."""

    id = "unused-host"
    promise = "each declared host is named somewhere"
    severity = "note"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        if subject.plugin is None or any(not script.parsed for script in subject.scripts):
            return
        texts = list(_all_texts(subject))
        for index, host in enumerate(subject.plugin.manifest.egress.hosts):
            spelled_out = re.split(r"[*?]", host.lower())[-1].lstrip(".")
            if not any(spelled_out in text for text in texts):
                place = subject.plugin.places.get(f"egress.hosts.{index}")
                yield self.found(
                    f"{host} is declared and never named", place, "remove it, if the plugin needs it no more"
                )


def _named(subject: Subject) -> Iterator[Named]:
    for _, text in in_texts(subject.scripts):
        for match in _URL.finditer(text.value):
            cut_off = text.open and match.end() == len(text.value)  # the rest of the host is put there by the code
            if not cut_off:
                yield from _host(match, text.place)
    for place, value in _in_classes(subject):
        if begins := _URL.match(value):  # one within a text is for people: a library's messages name pages of help
            yield from _host(begins, place)


def _host(match: re.Match[str], place: Place) -> Iterator[Named]:
    host = match[2].lower()
    if host not in _NOBODY and (host == "localhost" or re.search(r"\.[a-z0-9-]{2,}$", host)):
        yield Named(host, (match[1] or "").lower(), place)


def _in_classes(subject: Subject) -> Iterator[tuple[Place, str]]:
    for library in subject.libraries:
        for name, found in library.classes.items():
            for text in found.texts:
                yield Place(name), text


def _declared(host: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(host, glob.lower()) for glob in globs)


def _all_texts(subject: Subject) -> Iterator[str]:
    assert subject.plugin is not None
    manifest = subject.plugin.manifest
    for _, text in in_texts(subject.scripts):
        yield text.value.lower()
    for _, value in _in_classes(subject):
        yield value.lower()
    for settings in (manifest.settings, *(target.settings for target in manifest.targets.values())):
        yield msgspec.json.encode(settings).decode().lower()
    scripts = {script.file for script in subject.scripts}
    for name, content in subject.files.items():
        if name not in scripts and name.endswith((".html", ".yaml", ".yml", ".json")):
            yield content.decode("utf-8", "replace").lower()
