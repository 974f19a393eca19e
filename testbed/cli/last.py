"""What did not pass last time, by plugin: --last-failed."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from testbed import events


class Last:
    """Hears of a run and remembers. Kept in XDG_STATE_HOME/testbed, a file a plugin's path."""

    def __init__(self, plugin: Path) -> None:
        root = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser())
        name = hashlib.sha256(str(plugin.resolve()).encode()).hexdigest()[:16]
        self._file = root / "testbed" / "last" / f"{name}.json"
        self._planned: dict[str, str] = {}
        self._seen: dict[str, str] = {}

    def failed(self) -> tuple[str, ...]:
        """`scenario::target` of everything whose last outcome was not a pass."""
        return tuple(name for name, outcome in self._before().items() if outcome != "passed")

    def handle(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self._planned = {item.run: f"{item.scenario}::{item.target}" for item in event.plan}
            case events.Judged(verdict=verdict) if verdict.run in self._planned:
                name = self._planned[verdict.run]
                if self._seen.get(name, "passed") == "passed":  # on several devices, one that passes is not enough
                    self._seen[name] = verdict.outcome

    def close(self) -> None:
        """Keep what was seen. What was planned and not played (-x, a fault) has not passed; what was not asked for
        stays as it was. A home folder that cannot be written, as in
        many a container, is no reason to fail a run: then the next --last-failed is told of nothing."""
        if not self._seen:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(f".{os.getpid()}")
            unplayed = dict.fromkeys(self._planned.values(), "not-run")
            fresh.write_text(json.dumps({**self._before(), **unplayed, **self._seen}))
            fresh.replace(self._file)
        except OSError as error:
            print(f"testbed: --last-failed will not know of this run: {error}", file=sys.stderr)  # noqa: T201

    def _before(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
