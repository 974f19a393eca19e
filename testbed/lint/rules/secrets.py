"""What must not be in a plugin that anybody can read: the settings that are marked as secret, and keys by their shape.

No message spells a secret out.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from testbed.errors import Place
from testbed.lint.model import Finding
from testbed.lint.rules.api import Rule
from testbed.lint.script import place_at
from testbed.lint.subject import Subject
from testbed.plugin.manifest import FILE

SHORTEST = 8
"""Characters of a secret that is looked for: a shorter one is found by chance."""

SHAPES: Mapping[str, str] = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\bgh[oprsu]_[0-9A-Za-z]{36}|\bgithub_pat_[0-9A-Za-z_]{40}",
    "GitLab token": r"\bglpat-[0-9A-Za-z_-]{20}",
    "npm token": r"\bnpm_[0-9A-Za-z]{36}\b",
    "Slack token": r"\bxox[abeoprs]-[0-9A-Za-z-]{20}",
    "Slack webhook": r"hooks\.slack\.com/services/T\w{8,}/B\w{8,}/\w{20}",
    "Stripe secret key": r"\b[rs]k_live_[0-9A-Za-z]{20}",
    "SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}",
    "JWT": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}",
}


class SecretValue(Rule):
    """The value of a setting of `secret_settings` stands in a file other than plugin.toml, as it is or in base64."""

    id = "secret-value"
    promise = "the values of secret settings stand in plugin.toml alone"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for name, value in _secrets(subject):
            for file, content in subject.contents():
                found = [at for form in _forms(value) if (at := content.find(form)) >= 0]
                if file != FILE and found:
                    yield self.found(
                        f"the value of the secret setting {name!r} stands here",
                        _place(file, content, min(found)),
                        "read it from the settings; if it is real, have it revoked",
                        severity="warning" if file.startswith("scenarios/") else "error",
                    )


class KeyShape(Rule):
    """Something has the shape of a key that gives access to an account. AWS's own EXAMPLE keys are let pass."""

    id = "key-shape"
    promise = "no file holds what looks like a key"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        fix = "remove it, and have it revoked if it is real; made up, give it another shape"
        for file, content in subject.contents():
            for shape, pattern in _SHAPES.items():
                for match in pattern.finditer(content):
                    shown = f"{match[0][:4].decode('ascii')}… ({len(match[0])} characters)"
                    if not match[0].endswith(b"EXAMPLE"):
                        place = _place(file, content, match.start())
                        yield self.found(f"looks like a key, {shape}: {shown}", place, fix)


_SHAPES = {name: re.compile(shape.encode()) for name, shape in SHAPES.items()}


class UnmarkedSecret(Rule):
    """A setting has a name like a secret's and is not in `secret_settings`, so that reports show its value. `apiKey`
    and `token` alone are no such names: in a browser, they are public as a rule."""

    id = "unmarked-secret"
    promise = "settings with a secret's name are in `secret_settings`"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        if subject.plugin is None:
            return
        marked = subject.plugin.manifest.secret_settings
        for path, settings in _settings(subject):
            for name, value in settings.items():
                if isinstance(value, str) and value and name not in marked and sounds_secret(name):
                    place = subject.plugin.places.get(f"{path}.{name}")
                    fix = f'add "{name}" to `secret_settings`: reports show its value'
                    yield self.found(f"the setting {name!r} is not marked as secret", place, fix)


def _place(file: str, content: bytes, offset: int) -> Place:
    """Classes and what else is in libraries have no lines."""
    return Place(file) if "!/" in file else place_at(file, content, offset)


def sounds_secret(name: str) -> bool:
    """By the words of the name, in camelCase, snake_case or with dashes."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    if {"secret", "password", "passwd", "passphrase", "credential", "credentials", "private"} & {*words}:
        return True
    pairs = set(pairwise(words))
    tokens = {(of, "token") for of in ("access", "api", "auth", "bearer", "refresh", "server", "session")}
    keys = {(of, "key") for of in ("admin", "encryption", "master", "server", "signing")}
    return bool(pairs & (tokens | keys))


def _secrets(subject: Subject) -> Iterator[tuple[str, str]]:
    """(name, value) of each secret setting that is long enough."""
    marked = subject.plugin.manifest.secret_settings if subject.plugin else ()
    found = {
        (name, value)
        for _, settings in _settings(subject)
        for name, value in settings.items()
        if name in marked and isinstance(value, str) and len(value) >= SHORTEST
    }
    yield from sorted(found)


def _forms(value: str) -> tuple[bytes, bytes]:
    """As it is, and how base64 of it begins, with whatever follows."""
    raw = value.encode()
    return raw, base64.b64encode(raw[: len(raw) // 3 * 3])


def _settings(subject: Subject) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tables of settings, each with its key path."""
    if subject.plugin:
        yield "settings", subject.plugin.manifest.settings
        for target in subject.plugin.manifest.targets.values():
            yield f"targets.{target.id}.settings", target.settings
