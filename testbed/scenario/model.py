"""A scenario: steps to play, the conditions they are played under, and what must be seen in the end."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from testbed.errors import Place
from testbed.plugin.model import Stub
from testbed.scenario.steps import Step

TIMEOUT_S = 30.0
MAX_TIMEOUT_S = 600.0

Subset = dict[str, Any]
"""A pattern: literals match by equality, mappings by subset, and `$`-keys are matchers (testbed.verdict.matching)."""


class ExpectBase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every expectation has. `id` lets a `[[differs]]` name it; `only` limits it to targets or platforms."""

    id: str | None = None
    only: tuple[str, ...] = ()
    place: Place | None = None


class ExpectCall(ExpectBase, frozen=True, kw_only=True):
    """A call as the vendor, or Segment, was told it; None: not asked. YAML: `- track: {name: ..., properties: ...}`.
    In `segment` the kind may be `view`, after the step: page on the web, screen on mobile."""

    kind: str
    name: Any = None
    user: Any = None
    anonymous: Any = None
    group: Any = None
    previous: Any = None
    properties: Subset | None = None
    vendor: str | None = None
    options: Subset | None = None
    """Only for Segment calls: `context`, `integrations`."""
    count: int = 1


class ExpectRequest(ExpectBase, frozen=True, kw_only=True):
    """A raw request, where no lens fits. `host` and `path` are globs; `json` and `form` match the decoded body as
    patterns, `query` the query, `body` the text; `decoded` the items that a lens reads in it, as JSON text, in whatever
    way they were sent; `count` None means at least one."""

    host: str = "*"
    path: str = "*"
    method: str = "*"
    query: Subset | None = None
    headers: Subset | None = None
    json: Any = msgspec.UNSET
    form: Subset | None = None
    body: Any = None
    decoded: Any = None
    count: int | None = None


class ExpectDevice(ExpectBase, frozen=True, kw_only=True):
    """The device itself. `what` is element, cookie, storage, global or log; `name` a CSS selector, cookie name, storage
    key, dotted global or a pattern on the log line; `value` a pattern on text or value; UNSET: it only has to exist."""

    what: Literal["element", "cookie", "storage", "global", "log"]
    name: Any
    value: Any = msgspec.UNSET
    attributes: Subset | None = None
    """Only for elements and cookies: attribute patterns."""


class Expectations(msgspec.Struct, frozen=True, kw_only=True):
    """`vendor` None: vendor calls are not judged. A list is exhaustive: any other judged vendor call fails, unless
    `others` is "allow". `segment` likewise for a source; for a destination it is what Segment must be told at least.
    `never` lists what must not be seen at all."""

    vendor: tuple[ExpectCall, ...] | None = None
    others: Literal["fail", "allow"] = "fail"
    segment: tuple[ExpectCall, ...] | None = None
    requests: tuple[ExpectRequest, ...] = ()
    device: tuple[ExpectDevice, ...] = ()
    never_vendor: tuple[ExpectCall, ...] = ()
    never_segment: tuple[ExpectCall, ...] = ()
    never_requests: tuple[ExpectRequest, ...] = ()
    never_device: tuple[ExpectDevice, ...] = ()


class SettingsKnob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the settings request of the SDK fares. `missing`: no entry for the plugin in the document; `empty`: an empty
    one."""

    status: int = 200
    delay_ms: int = 0
    missing: bool = False
    empty: bool = False


class TrackingKnob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How Segment's tracking API fares: `status` for the first `times` requests, then 200."""

    status: int = 200
    times: int = 0
    retry_after_s: int | None = None
    delay_ms: int = 0


class CloudKnobs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Faults of the Segment side. `document` is merged over the settings document as served."""

    settings: SettingsKnob = SettingsKnob()
    tracking: TrackingKnob = TrackingKnob()
    document: dict[str, Any] = {}


class Unused(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario in a format of somebody else's says that has no meaning here. `path` is its key."""

    path: str
    reason: str
    place: Place


class Secret(msgspec.Struct, frozen=True):
    """A value that the scenario marks with $secret, by the key that it stands under."""

    name: str
    value: str | int | float


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario. `tolerate` lists ids of built-in checks that this scenario provokes on purpose
    (`vendor-script`, `plugin-ready`, ...): they are reported, and do not fail it."""

    name: str
    file: str
    steps: tuple[Step, ...]
    expect: Expectations
    description: str = ""
    targets: tuple[str, ...] = ()
    settings: dict[str, Any] = {}
    integrations: dict[str, Any] = {}
    consent: dict[str, bool] | None = None
    url: str = "/"
    cloud: CloudKnobs = CloudKnobs()
    stubs: tuple[Stub, ...] = ()
    tolerate: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    timeout_s: float = TIMEOUT_S
    unused: tuple[Unused, ...] = ()
    place: Place | None = None
