"""What the page said: console, uncaught errors, failed loads, as LogLines in order."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from testbed.devices.api import LogLine
from testbed.devices.chromium.ownership import Ownership
from testbed.devices.chromium.pipe import FlatSession
from testbed.devices.lines import Level, Lines

LEVELS: Mapping[str, Level] = {
    # Runtime.consoleAPICalled `type` and Log.LogEntry `level`; what is not listed is "info".
    "debug": "debug",
    "verbose": "debug",
    "warning": "warning",
    "error": "error",
    "assert": "error",
}

NOT_A_FAULT = ("net::ERR_ABORTED", "net::ERR_INTERNET_DISCONNECTED")
"""A load that the page itself gave up, or that failed because the scenario took the network away."""


class LogBook(Lines):
    """Collects the lines of one run from CDP events."""

    def __init__(self, ownership: Ownership) -> None:
        super().__init__()
        self._ownership = ownership
        self._urls: dict[str, str] = {}  # by request id, which is all that Network.loadingFailed has

    def listen(self, session: FlatSession) -> None:
        """Take the lines of a CDP session: the page, or a worker of it."""
        session.events.on("Runtime.consoleAPICalled", self._console)
        session.events.on("Runtime.exceptionThrown", self._exception)
        session.events.on("Log.entryAdded", self._entry)
        session.events.on("Network.requestWillBeSent", self._request)
        session.events.on("Network.loadingFailed", self._failed)
        session.events.on("Network.webTransportCreated", self._web_transport)
        session.events.on("Network.loadingFinished", self._finished)

    def _console(self, event: Mapping[str, Any]) -> None:
        text = " ".join(_argument(arg) for arg in event.get("args", ()))
        stack = _frames(event.get("stackTrace"))
        self.add(
            LogLine(
                source="console",
                level=LEVELS.get(event.get("type", ""), "info"),
                text=text,
                time=time.time(),
                stack=stack,
                # An error that somebody else prints names its own origin in its text.
                by_plugin=self._ownership.on_stack(stack) or self._ownership.on_stack(text),
            )
        )

    def _exception(self, event: Mapping[str, Any]) -> None:
        details = event.get("exceptionDetails", {})
        thrown = details.get("exception", {})
        text = str(thrown.get("description") or thrown.get("value") or details.get("text", ""))
        stack = "\n".join(filter(None, [text, _frames(details.get("stackTrace"))]))
        url = str(details.get("url", ""))
        self.add(
            LogLine(
                source="exception",
                level="error",
                # Errors of another origin's scripts come without the Error itself, but with a word before it.
                text=text.partition("\n")[0].removeprefix("Uncaught "),
                time=time.time(),
                url=url,
                stack=stack,
                by_plugin=self._ownership.threw(f"{stack} {url}"),
            )
        )

    def _entry(self, event: Mapping[str, Any]) -> None:
        entry = event.get("entry", {})
        text, url, network = str(entry.get("text", "")), str(entry.get("url", "")), entry.get("source") == "network"
        if network and "net::" in text:
            return  # Network.loadingFailed tells the same, of every load
        self.add(
            LogLine(
                source="network" if network else "console",
                level=LEVELS.get(entry.get("level", ""), "info"),
                text=text,
                time=time.time(),
                url=url,
                by_plugin=self._ownership.resource(url),
            )
        )

    def _web_transport(self, event: Mapping[str, Any]) -> None:
        """It needs QUIC, which is off, and so never gets as far as a request."""
        url, stack = str(event.get("url", "")), _frames(event.get("initiator", {}).get("stack"))
        text = "WebTransport failed to load: QUIC is off"
        mine = self._ownership.on_stack(stack) or self._ownership.resource(url)
        self.add(
            LogLine(source="network", level="error", text=text, time=time.time(), url=url, stack=stack, by_plugin=mine)
        )

    def _request(self, event: Mapping[str, Any]) -> None:
        self._urls[event.get("requestId", "")] = event.get("request", {}).get("url", "")

    def _finished(self, event: Mapping[str, Any]) -> None:
        self._urls.pop(event.get("requestId", ""), None)

    def _failed(self, event: Mapping[str, Any]) -> None:
        url, why = self._urls.pop(event.get("requestId", ""), ""), str(event.get("errorText", ""))
        harmless = bool(event.get("canceled")) or why in NOT_A_FAULT
        blocked = f" ({event['blockedReason']})" if event.get("blockedReason") else ""
        self.add(
            LogLine(
                source="network",
                level="info" if harmless else "error",
                text=f"{event.get('type', 'Request')} failed to load: {why}{blocked}",
                time=time.time(),
                url=url,
                by_plugin=not harmless and self._ownership.resource(url),
            )
        )


def _argument(arg: Mapping[str, Any]) -> str:
    """One console argument (Runtime.RemoteObject) as the browser's console shows it, about."""
    if "unserializableValue" in arg:
        return str(arg["unserializableValue"])
    if arg.get("type") == "undefined":
        return "undefined"
    if "value" in arg:
        value = arg["value"]
        return value if isinstance(value, str) else json.dumps(value)
    preview = arg.get("preview")
    if preview is not None and arg.get("subtype") in {None, "array"}:
        return _preview(preview)
    return str(arg.get("description", arg.get("type", "")))


def _preview(preview: Mapping[str, Any]) -> str:
    array = preview.get("subtype") == "array"
    parts = [
        str(item.get("value", "")) if array else f"{item.get('name')}: {item.get('value', '')}"
        for item in preview.get("properties", ())
    ]
    if preview.get("overflow"):
        parts.append("...")
    return f"[{', '.join(parts)}]" if array else f"{{{', '.join(parts)}}}"


def _frames(trace: Mapping[str, Any] | None) -> str:
    """A Runtime.StackTrace as lines, its asynchronous parents included. CDP counts lines from 0, people from 1."""
    lines = []
    while trace:
        lines += [
            f"at {frame.get('functionName') or '<anonymous>'} "
            f"({frame.get('url', '')}:{frame.get('lineNumber', 0) + 1}:{frame.get('columnNumber', 0) + 1})"
            for frame in trace.get("callFrames", ())
        ]
        trace = trace.get("parent")
    return "\n".join(lines)
