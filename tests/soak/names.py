"""Times and random ids in a report, and what stands for them in its normal form.

A time becomes its kind, since no two runs share one; but only a time of the run: any other is data and stays. An id
becomes `<id N>`, and a secret's token `<secret NAME N>`, N by its first appearance, so that what was equal stays equal
and what was not does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

IDS = {
    "a call's id, which analytics.js makes of the time and of chance": rf"ajs-next-\d{{13}}-{UUID}",
    "amplitude-js 5's device id": rf"{UUID}R\b",
    "anonymous ids of analytics.js; device, session and insert ids of mixpanel-browser, amplitude-js and Braze": UUID,
}
"""Why an id differs from run to run, and how it looks."""

TOKEN = r"<secret:(?P<secret>[^:<>]+):[0-9a-f]{6}>"
"""A secret's token (redaction), keyed anew by each run. Numbered for each name by itself: where the first of one kind
appears does not depend on how often another is sent."""

TIMES = {
    "iso": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)",
    "milliseconds": r"(?<![\w.])\d{13}(?![\w.])",
    "seconds": r"(?<![\w.])\d{10}(?:\.\d{1,6})?(?![\w.])",
}

NAMED_FIELDS = {"$insert_id": "mixpanel-browser's id of an event: sixteen random letters"}
"""Ids that look like nothing in particular are known by their field; they are names wherever else they stand."""

REMOVED_FIELDS = {"checksum": "amplitude-js signs the time of the upload along with the events"}

AFTER_S = 3_600.0
"""How far a page's clock may run ahead of ours: timers run out in virtual time, and Braze notes when a session would
end, in half an hour."""


class Names:
    """Of one run, which took place from `since` to `until` (epoch seconds). `ids` are known to be ids; `kept` look like
    some and are not."""

    def __init__(self, *, since: float, until: float, ids: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
        self._since = since - 1
        self._until = until + AFTER_S
        self._kept = frozenset(kept)
        self._given: dict[str, str] = {}
        self._tokens: dict[str, list[str]] = {}
        known = sorted(set(ids), key=len, reverse=True)
        named = "|".join([*map(re.escape, known), *IDS.values()])
        times = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in TIMES.items())
        self._pattern = re.compile(f"{TOKEN}|(?P<id>{named})|{times}")

    def of(self, value: Any) -> Any:
        """`value`, JSON, with names and kinds for ids and times in it. A number stays distinct from its text."""
        match value:
            case str():
                return self._pattern.sub(self._named, value)
            case bool() | None:
                return value
            case int() | float():
                return f"<{kind} number>" if (kind := self._time(value)) else value
            case dict():
                if set(value) == {"d"} and isinstance(value["d"], int | float):
                    return {"d": "<duration>"}  # Braze's end of a session says how long it was
                return {self.of(key): self._field(key, item) for key, item in value.items()}
            case _:
                return [self.of(item) for item in value]

    def shape(self, value: Any) -> str:
        """`value` with `<id>` for every id: the same for all that differ in names alone."""
        given, self._given = self._given, _Nameless()
        try:
            return json.dumps(self.of(value))
        finally:
            self._given = given

    def _field(self, key: str, item: Any) -> Any:
        return f"<{key}>" if key in REMOVED_FIELDS and isinstance(item, str) else self.of(item)

    def _named(self, match: re.Match[str]) -> str:
        text = match[0]
        if (secret := match["secret"]) is not None:
            known = self._tokens.setdefault(secret, [])
            if text not in known:
                known.append(text)
            return f"<secret {secret} {known.index(text) + 1}>"
        if match["id"] is not None:
            return text if text in self._kept else self._given.setdefault(text, f"<id {len(self._given) + 1}>")
        kind = str(match.lastgroup)
        moment = datetime.fromisoformat(text).timestamp() if kind == "iso" else float(text)
        moment = moment / 1000 if kind == "milliseconds" else moment
        return f"<{kind}>" if self._since <= moment <= self._until else text

    def _time(self, number: float) -> str:
        for kind, unit in (("milliseconds", 1000), ("seconds", 1)):
            if self._since <= number / unit <= self._until:
                return kind
        return ""


class _Nameless(dict[str, str]):
    def setdefault(self, key: str, default: str = "", /) -> str:
        return "<id>"


def ids_in(value: Any) -> Iterable[str]:
    """Values of NAMED_FIELDS."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in NAMED_FIELDS and isinstance(item, str):
                yield item
            yield from ids_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from ids_in(item)
