"""What a plugin.zip holds, once read: the manifest as frozen values, and the files by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from testbed.errors import Place
from testbed.plugin.lens import Definition

Kind = Literal["destination", "source"]
CallType = Literal["identify", "track", "page", "screen", "group", "alias"]
Sdk = Literal["web", "android-java", "android-kotlin", "ios-swift", "ios-rn", "android-rn"]
Style = Literal["classic", "remote", "register"]
Platform = Literal["web", "android", "ios"]

PLATFORM_OF: Mapping[str, Platform] = {
    "web": "web",
    "android-java": "android",
    "android-kotlin": "android",
    "android-rn": "android",
    "ios-swift": "ios",
    "ios-rn": "ios",
}


class Stub(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One canned answer of a vendor host. `host` and `path` are globs (`*` spans `/`); the first stub that
    matches answers. Exactly one of `file` (a name in the zip), `body` (text), `json` gives the content; none means
    an empty body. `fail` breaks the exchange instead of answering: the connection is cut (`reset`) or refused
    as a blocker would (`blocked`)."""

    host: str
    path: str = "*"
    method: str = "*"
    status: int = 200
    headers: dict[str, str] = {}
    file: str | None = None
    body: str | None = None
    json: Any = msgspec.UNSET
    delay_ms: int = 0
    fail: Literal["reset", "blocked"] | None = None


class Egress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vendor hosts that the plugin may talk to, as globs (`*.acme.example`)."""

    hosts: tuple[str, ...] = ()


class Differs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A declared difference: what `target` does not do as the scenarios ask, and why. It excuses the failing
    expectations that it names, and fails the run once nothing fails there any more.

    `scenario` is a glob on scenario names; `step` names a step kind (`screen`); `check` a check id
    (`duplicate-delivery`) or an expectation's own `id`; `name` is a glob on the name of the call concerned."""

    target: str
    reason: str
    scenario: str = "*"
    step: str | None = None
    check: str | None = None
    name: str | None = None


class Subscription(msgspec.Struct, frozen=True, kw_only=True, rename={"partner_action": "partnerAction"}):
    """One action of a remote (actions) plugin, as Segment's settings document lists it."""

    partner_action: str
    subscribe: str
    mapping: dict[str, Any] = {}
    name: str = ""
    id: str = ""
    enabled: bool = True


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place where the plugin runs. `id` is its key in `[targets.ID]`.

    Web: `entry` names the bundle in the zip. Styles: `classic` (window.<slug>Integration, served by the CDN under
    /next-integrations/), `remote` (window[library](settings), listed in remotePlugins), `register` (the plugin
    or factory in window[library], passed to analytics.register).

    Android: `classpath` names AARs and JARs in the zip, or globs on them, in class path order; `maven` what `pack`
    resolves and puts there besides. `factory` is what the app hands to the SDK: `pkg.Class.FIELD`, a static field, or
    `pkg.Class`, which is made anew (android-java: an Integration.Factory; android-kotlin: a Plugin)."""

    sdk: Sdk
    id: str = ""
    style: Style = "classic"
    entry: str = ""
    library: str | None = None
    subscriptions: tuple[Subscription, ...] = ()
    page: str | None = None
    classpath: tuple[str, ...] = ()
    maven: tuple[str, ...] = ()
    factory: str = ""
    settings: dict[str, Any] = {}
    calls: tuple[CallType, ...] | None = None

    @property
    def platform(self) -> Platform:
        return PLATFORM_OF[self.sdk]


EVERYWHERE = frozenset({"sdk", "settings", "calls"})
"""The keys of a target that every SDK has."""

KEYS_OF: Mapping[str, frozenset[str]] = {
    "web": frozenset({"style", "entry", "library", "subscriptions", "page"}),
    "android-java": frozenset({"classpath", "maven", "factory"}),
    "android-kotlin": frozenset({"classpath", "maven", "factory"}),
}
"""The keys that a target has besides, by its SDK. An SDK that is not here has all of them, unchecked."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """plugin.toml. `name` is the integrations key, the same on every platform and case-sensitive."""

    name: str
    version: str
    kind: Kind = "destination"
    description: str = ""
    calls: tuple[CallType, ...] = ("identify", "track", "page", "screen", "group", "alias")
    settings: dict[str, Any] = {}
    secret_settings: tuple[str, ...] = ()
    consent_categories: tuple[str, ...] = ()
    """The consent categories that Segment maps the destination to; empty: not subject to consent."""
    egress: Egress = Egress()
    stub: tuple[Stub, ...] = ()
    targets: dict[str, Target] = {}
    differs: tuple[Differs, ...] = ()
    lens: tuple[Definition, ...] = ()
    include: tuple[str, ...] = ()
    """Further files for `pack` to take along, as globs from the plugin's folder (`web/chunks/**`)."""


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin, read and checked. `files` holds every file of the zip by its POSIX name, `sha256` identifies the
    zip, `places` maps a dotted manifest key (`targets.web.entry`, `differs.0.reason`) to where it stands."""

    manifest: Manifest
    files: Mapping[str, bytes]
    sha256: str
    source: str
    places: Mapping[str, Place] = {}

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def slug(self) -> str:
        return slug_of(self.name)

    def settings_for(self, target: Target) -> dict[str, Any]:
        return {**self.manifest.settings, **target.settings}

    def calls_of(self, target: Target) -> tuple[CallType, ...]:
        return self.manifest.calls if target.calls is None else target.calls


def slug_of(name: str) -> str:
    """The name as analytics.js builds a classic bundle's URL and global from it: lower case, first dot dropped, white
    space to dashes (analytics-next, ajs-destination/loader)."""
    return "-".join(name.lower().replace(".", "", 1).split())
