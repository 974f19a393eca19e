"""The event stream as it is: on stdout with --json, and as report.ndjson in the output folder."""

from __future__ import annotations

from typing import IO

from testbed import events
from testbed.report.api import Outputs
from testbed.report.text import complaint


class JsonReporter:
    """Writes each event as a line, at once: what is cut short is whole lines up to there."""

    def __init__(self, outputs: Outputs, file: IO[bytes] | None) -> None:
        self._outputs = outputs
        self._file = file

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> JsonReporter | None:
        file = outputs.open("report", "report.ndjson")
        return cls(outputs, file) if file or outputs.json else None

    def handle(self, event: events.Event) -> None:
        line = events.encode(event)
        if self._file is not None:
            self._file.write(line)
            self._file.flush()
        if self._outputs.json:
            self._outputs.stdout.buffer.write(line)
            self._outputs.stdout.buffer.flush()
            if isinstance(event, events.Faulted):
                # Nobody else says it to whoever looks at the terminal, or at the log of a job.
                print(complaint(event.message, event.fix), file=self._outputs.stderr)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
