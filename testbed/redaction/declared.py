"""What a plugin and its scenarios say themselves: what is secret, and what is in the open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from testbed.plugin.model import Plugin
from testbed.redaction.credentials import Credentials
from testbed.redaction.tokens import Scalar
from testbed.scenario.model import Scenario
from testbed.scenario.steps import Settings


def secrets_of(plugin: Plugin, scenarios: Sequence[Scenario]) -> Iterator[tuple[str, Scalar]]:
    """(name, value) of every secret: of `secret_settings`, wherever plugin and scenarios give one, and what a scenario
    marks with $secret."""
    for settings in _settings(plugin, scenarios):
        for name in plugin.manifest.secret_settings:
            yield from ((name, value) for value in _leaves(settings.get(name)))
    for scenario in scenarios:
        yield from ((secret.name, secret.value) for secret in scenario.secrets)


def stated_by(plugin: Plugin, scenarios: Sequence[Scenario]) -> Iterator[Scalar]:
    """Every value that plugin and scenarios state otherwise."""
    secret = set(plugin.manifest.secret_settings)
    hidden = {str(value) for _, value in secrets_of(plugin, scenarios)}
    for settings in _settings(plugin, scenarios):
        yield from _leaves([value for name, value in settings.items() if name not in secret])
    stated: list[Any] = [*plugin.manifest.stub]
    for s in scenarios:
        stated += [*s.steps, *s.stubs, s.expect, s.integrations, s.cloud]
    yield from (value for value in _leaves(msgspec.to_builtins(stated)) if str(value) not in hidden)


def on_pages(plugin: Plugin) -> Iterator[str]:
    """Values under a credential's name on the plugin's own pages. What such a page links to may be asked for or not:
    taken for a credential only then, it would be shown in what was told before and hidden in what comes after."""
    found: list[str] = []

    def note(_: str, value: Scalar) -> str:
        found.append(str(value))
        return str(value)

    names = Credentials(plugin.manifest.secret_settings, ())
    for page in dict.fromkeys(target.page for target in plugin.manifest.targets.values() if target.page is not None):
        names.replace(plugin.files[page].decode(errors="replace"), note)
    yield from found


def _settings(plugin: Plugin, scenarios: Iterable[Scenario]) -> Iterator[dict[str, Any]]:
    yield plugin.manifest.settings
    yield from (target.settings for target in plugin.manifest.targets.values())
    for scenario in scenarios:
        yield scenario.settings
        yield from (step.values for step in scenario.steps if isinstance(step, Settings))


def _leaves(value: Any) -> Iterator[Scalar]:
    match value:
        case bool():
            return
        case str() | int() | float():
            yield value
        case dict():
            for item in value.values():
                yield from _leaves(item)
        case list() | tuple():
            for item in value:
                yield from _leaves(item)
