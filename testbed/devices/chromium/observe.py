"""Questions about the page at the end of a scenario."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from testbed.devices.api import LogLine, Probe, Sighting
from testbed.devices.chromium.pipe import FlatSession

ASK = {
    "element": """name => [...document.querySelectorAll(name)].map(element => {
        const attributes = Object.fromEntries([...element.attributes].map(a => [a.name, a.value]));
        if ("value" in element) attributes.value = String(element.value);
        return {found: true, value: element.textContent.trim(), attributes};
    })""",
    "storage": """name => [localStorage, sessionStorage]
        .map(storage => ({found: true, value: storage.getItem(name)}))
        .filter(({value}) => value !== null)""",
    "global": """name => {
        let value = window;
        for (const part of name.split(".")) value = value?.[part];
        return value === undefined ? [] : [{found: true, value: __testbed.plain(value)}];
    }""",
}
"""All that is found. A storage item's value is the text that is stored; localStorage comes before sessionStorage."""


async def sight(session: FlatSession, probe: Probe, logs: Sequence[LogLine]) -> Sighting:
    """The answer to one question. A log line is found where its text contains the probe's name."""
    if probe.what == "log":
        return next((Sighting(found=True, value=line.text) for line in logs if str(probe.name) in line.text), NOTHING)
    if probe.what == "cookie":
        # The page's own first; then those of other paths and of the vendor's hosts, which only the browser sees.
        asked = [await session.send(f"Network.{method}") for method in ("getCookies", "getAllCookies")]
        cookies = [cookie for answer in asked for cookie in answer["cookies"]]
        named = [cookie for cookie in cookies if cookie["name"] == probe.name]
        return _all([_cookie(cookie) for n, cookie in enumerate(named) if cookie not in named[:n]])
    name = msgspec.json.encode(probe.name).decode()
    where = {} if probe.what == "global" else await _aside(session)
    result = await session.send(
        "Runtime.evaluate", {"expression": f"({ASK[probe.what]})({name})", "returnByValue": True, **where}
    )
    if (details := result.get("exceptionDetails")) is not None:  # not a selector, or a page without storage
        thrown = details.get("exception", {}).get("description", details.get("text", ""))
        return Sighting(found=False, problem=str(thrown).partition("\n")[0])
    return _all(msgspec.convert(result["result"]["value"], type=list[Sighting]))


NOTHING = Sighting(found=False)


def _all(found: Sequence[Sighting]) -> Sighting:
    return msgspec.structs.replace(found[0], more=tuple(found[1:])) if found else NOTHING


async def _aside(session: FlatSession) -> dict[str, Any]:
    """A world of ours on the page's document and storage, whose methods the page cannot have replaced."""
    tree = await session.send("Page.getFrameTree")
    made = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
    return {"contextId": made["executionContextId"]}


def _cookie(cookie: dict[str, Any]) -> Sighting:
    """CDP Network.Cookie: `sameSite` is left out where the cookie was set without, `expires` is -1 for a session."""
    attributes: dict[str, Any] = {
        key: cookie[key] for key in ("domain", "path", "secure", "httpOnly", "sameSite") if key in cookie
    }
    if not cookie["session"]:
        attributes["maxAge"] = round(cookie["expires"] - time.time())
    return Sighting(found=True, value=cookie["value"], attributes=attributes)
