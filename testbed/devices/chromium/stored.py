"""Whether what a scenario asks about is stored anew after it was answered: pages store things while they are left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from testbed.devices.api import Probe, Unobserved
from testbed.devices.chromium.pipe import FlatSession

EVENTS = ("domStorageItemAdded", "domStorageItemUpdated", "domStorageItemRemoved")


class Stored:
    """Of the page that `session` is attached to. Watches nothing until it is told what for."""

    def __init__(self, session: FlatSession) -> None:
        self._session = session
        self._cookies: dict[str, list[str]] = {}
        self._items: set[str] = set()
        self._changed: dict[str, None] = {}
        for event in EVENTS:
            session.events.on(f"DOMStorage.{event}", self._item)

    async def watch(self, probes: Sequence[Probe]) -> None:
        """From now on, look at the cookies and the storage that these ask about."""
        self._items = {str(probe.name) for probe in probes if probe.what == "storage"}
        names = {str(probe.name) for probe in probes if probe.what == "cookie"}
        if self._items:
            await self._session.send("DOMStorage.enable")
        self._cookies = await self._read(names)

    async def changes(self) -> tuple[Unobserved, ...]:
        """What is no longer as it was answered."""
        now = await self._read(set(self._cookies))
        cookies = [f"the cookie {name!r}" for name, values in self._cookies.items() if now[name] != values]
        items = [f"the storage item {key!r}" for key in self._changed]
        why = "it changed while the page was left, after it was looked at"
        return tuple(Unobserved(what, why) for what in (*cookies, *items))

    async def _read(self, names: set[str]) -> dict[str, list[str]]:
        if not names:
            return {}
        found = (await self._session.send("Network.getAllCookies"))["cookies"]
        return {name: sorted(cookie["value"] for cookie in found if cookie["name"] == name) for name in names}

    def _item(self, event: dict[str, Any]) -> None:
        if event["key"] in self._items:
            self._changed[event["key"]] = None
