"""Questions about the page at the end of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from testbed.devices.api import LogLine, Probe, Sighting
from testbed.devices.chromium.pipe import FlatSession

ASK = {
    "element": """name => {
        const element = document.querySelector(name);
        if (!element) return {found: false};
        const attributes = Object.fromEntries([...element.attributes].map(a => [a.name, a.value]));
        if ("value" in element) attributes.value = String(element.value);
        return {found: true, value: element.textContent.trim(), attributes};
    }""",
    "storage": """name => {
        for (const storage of [localStorage, sessionStorage]) {
            const value = storage.getItem(name);
            if (value !== null) return {found: true, value};
        }
        return {found: false};
    }""",
    "global": """name => {
        let value = window;
        for (const part of name.split(".")) value = value?.[part];
        return value === undefined ? {found: false} : {found: true, value: __testbed.plain(value)};
    }""",
}
"""A storage item is found in localStorage before sessionStorage, and its value is the text that is stored."""


async def sight(session: FlatSession, probe: Probe, logs: Sequence[LogLine]) -> Sighting:
    """The answer to one question. A log line is found where its text contains the probe's name."""
    if probe.what == "log":
        return next((Sighting(found=True, value=line.text) for line in logs if str(probe.name) in line.text), NOTHING)
    if probe.what == "cookie":
        # The page's own first; then those of other paths and of the vendor's hosts, which only the browser sees.
        asked = [await session.send(f"Network.{method}") for method in ("getCookies", "getAllCookies")]
        cookies = [cookie for answer in asked for cookie in answer["cookies"]]
        return next((_cookie(cookie) for cookie in cookies if cookie["name"] == probe.name), NOTHING)
    name = msgspec.json.encode(probe.name).decode()
    where = {} if probe.what == "global" else await _aside(session)
    result = await session.send(
        "Runtime.evaluate", {"expression": f"({ASK[probe.what]})({name})", "returnByValue": True, **where}
    )
    if (details := result.get("exceptionDetails")) is not None:  # not a selector, or a page without storage
        thrown = details.get("exception", {}).get("description", details.get("text", ""))
        return Sighting(found=False, problem=str(thrown).partition("\n")[0])
    return msgspec.convert(result["result"]["value"], type=Sighting)


NOTHING = Sighting(found=False)


async def _aside(session: FlatSession) -> dict[str, Any]:
    """A world of ours on the page's document and storage, whose methods the page cannot have replaced."""
    tree = await session.send("Page.getFrameTree")
    made = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
    return {"contextId": made["executionContextId"]}


def _cookie(cookie: dict[str, Any]) -> Sighting:
    """Its other fields (CDP Network.Cookie) are offered as attributes."""
    rest = {key: value for key, value in cookie.items() if key not in {"name", "value"}}
    return Sighting(found=True, value=cookie["value"], attributes=rest)
