"""Every step that a scenario can play: one Struct each, and nothing else to register on this side.

A step's wire form, on the harness channel and in events, is its Struct as JSON: `{"do": "track", "event": ...}`. In
YAML it is a one-key mapping, `- track: {event: ...}`; `SHORTHAND` names the field that a bare string fills
(`- track: Signed Up`).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from testbed.errors import Place


class StepBase(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="do",
    tag=str.lower,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What every step has. `only` limits it to targets or platforms (globs)."""

    only: tuple[str, ...] = ()
    place: Place | None = None


class CallStep(StepBase, frozen=True, kw_only=True):
    """A call of Segment's API. `options` is the SDK's own options argument: integrations, context, timestamp."""

    options: dict[str, Any] = {}


class Identify(CallStep, frozen=True, kw_only=True):
    """analytics.identify(userId, traits, options)."""

    user_id: str | None = msgspec.field(default=None, name="userId")
    traits: dict[str, Any] = {}


class Track(CallStep, frozen=True, kw_only=True):
    """analytics.track(event, properties, options)."""

    event: str
    properties: dict[str, Any] = {}


class Page(CallStep, frozen=True, kw_only=True):
    """analytics.page(category, name, properties, options). Web only."""

    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] = {}


class Screen(CallStep, frozen=True, kw_only=True):
    """analytics.screen(...). Mobile, and the web's non-classic styles; a classic destination never sees it."""

    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] = {}


class View(CallStep, frozen=True, kw_only=True):
    """`page` on the web, `screen` on mobile: one step for a scenario that runs everywhere."""

    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] = {}


class Group(CallStep, frozen=True, kw_only=True):
    """analytics.group(groupId, traits, options)."""

    group_id: str = msgspec.field(name="groupId")
    traits: dict[str, Any] = {}


class Alias(CallStep, frozen=True, kw_only=True):
    """analytics.alias(userId, previousId, options)."""

    user_id: str = msgspec.field(name="userId")
    previous_id: str | None = msgspec.field(default=None, name="previousId")


class Reset(StepBase, frozen=True, kw_only=True):
    """analytics.reset()."""


class Flush(StepBase, frozen=True, kw_only=True):
    """Send what is queued. The web SDK has no public flush: n/a there unless the plugin offers one."""


class Restart(StepBase, frozen=True, kw_only=True):
    """Web: reload the page. Mobile: kill the app and start it again, storage kept."""


class Background(StepBase, frozen=True, kw_only=True):
    """Web: visibilitychange to hidden, then pagehide. Mobile: the home button."""


class Foreground(StepBase, frozen=True, kw_only=True):
    """Back from `background`."""


class Offline(StepBase, frozen=True, kw_only=True):
    """Take the network away from the device."""


class Online(StepBase, frozen=True, kw_only=True):
    """Give the network back."""


class Open(StepBase, frozen=True, kw_only=True):
    """Navigate to a URL or path of the customer's site, or open a deep link."""

    url: str


class Click(StepBase, frozen=True, kw_only=True):
    """Click an element by CSS selector (web) or id (mobile), with real input events."""

    selector: str


class Evaluate(StepBase, frozen=True, kw_only=True):
    """Evaluate a JavaScript expression in the page, awaiting it if it is a promise. Web and React Native."""

    script: str


class Settings(StepBase, frozen=True, kw_only=True):
    """Change what Segment's settings document holds for the plugin; seen at the next load (`restart`)."""

    values: dict[str, Any]


class Consent(StepBase, frozen=True, kw_only=True):
    """The user's consent by category: `{Advertising: false}`. Before the first call it decides what loads."""

    categories: dict[str, bool]


class Advance(StepBase, frozen=True, kw_only=True):
    """Move the device's clock on: what waits for it (vendors' batches, time-outs) comes at once, and later steps happen
    later. `by_s` is in seconds, more than 0 and at most a day; in YAML also `90s`, `5m`, `2h`."""

    by_s: float


class Wait(StepBase, frozen=True, kw_only=True):
    """Wait until a matching request was answered or a log line appeared; never a sleep. `within_s` bounds it."""

    request: str | None = None
    log: str | None = None
    within_s: float = 10.0


Step = (
    Identify | Track | Page | Screen | View | Group | Alias | Reset | Flush | Restart | Background | Foreground
    | Offline | Online | Open | Click | Evaluate | Settings | Consent | Advance | Wait
)  # fmt: skip

SHORTHAND: dict[type[StepBase], str] = {
    Identify: "userId",
    Track: "event",
    Page: "name",
    Screen: "name",
    View: "name",
    Group: "groupId",
    Alias: "userId",
    Open: "url",
    Click: "selector",
    Evaluate: "script",
    Settings: "values",
    Consent: "categories",
    Advance: "by_s",
}

StepOutcome = Literal["done", "n/a", "failed", "skipped"]


def name_of(step: StepBase) -> str:
    """The step's name as written in YAML: `track`."""
    tag = type(step).__struct_config__.tag
    assert isinstance(tag, str)
    return tag
