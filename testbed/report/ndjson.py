"""The event stream as it is: on stdout with --json, and as report.ndjson in the output folder."""

from __future__ import annotations

from typing import IO

from testbed import events
from testbed.report.api import Outputs


class JsonReporter:
    """Writes each event as a line, at once."""

    def __init__(self, streams: list[IO[bytes]], owned: list[IO[bytes]]) -> None:
        self._streams = streams
        self._owned = owned

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> JsonReporter | None:
        streams: list[IO[bytes]] = [outputs.stdout.buffer] if outputs.json else []
        owned: list[IO[bytes]] = []
        if (path := outputs.path("report", "report.ndjson")) is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            owned.append(path.open("wb"))
        return cls([*streams, *owned], owned) if streams or owned else None

    def handle(self, event: events.Event) -> None:
        line = events.encode(event)
        for stream in self._streams:
            stream.write(line)
            stream.flush()

    def close(self) -> None:
        for stream in self._owned:
            stream.close()
