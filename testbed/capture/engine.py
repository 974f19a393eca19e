"""The seam to mitmproxy: its protocol machinery, fed by connections that we accept ourselves.

mitmproxy's own listeners are not used, for two reasons. A connection is tied to its run by the socket that it came in
on. And our code is called from `handle_hook` directly: as a mitmproxy addon it would run under `safecall`, which logs
an exception and lets the traffic pass unrecorded (mitmproxy, addonmanager.py).

Works with mitmproxy 11.0 (the last for Python 3.11) and newer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from mitmproxy import options
from mitmproxy.addons import next_layer, proxyserver, tlsconfig
from mitmproxy.connection import Client
from mitmproxy.master import Master
from mitmproxy.proxy import commands, layers, mode_specs, server
from mitmproxy.proxy.context import Context

Handle = Callable[[str, Any], Coroutine[Any, Any, None]]
"""Called with a hook's name (`request`, `response`, `error`, `tcp_start`, ...) and its data, after mitmproxy's own
addons. What it raises is its own to deal with."""


class Engine:
    """mitmproxy's options and addons. One per capture; `serve` runs one client connection through it."""

    def __init__(self, confdir: Path) -> None:
        chosen = options.Options(mode=[], server=False)
        self.master = Master(chosen)
        # Proxyserver listens to nothing here; it declares options that the protocol layers read.
        add, update = self.master.addons.add, chosen.update
        add(proxyserver.Proxyserver(), next_layer.NextLayer(), tlsconfig.TlsConfig())  # type: ignore[no-untyped-call]
        # After the addons are there: an addon is only told of options that change.
        update(  # type: ignore[no-untyped-call]
            confdir=str(confdir), connection_strategy="lazy", upstream_cert=False, websocket=True, rawtcp=True
        )
        self._mode = mode_specs.ProxyMode.parse("regular")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Handle) -> None:
        """Speak HTTP proxy with one client until it leaves."""
        handler = _Handler(self.master, reader, writer, self._mode, handle)
        await handler.handle_client()


class _Handler(server.LiveConnectionHandler):
    """One client connection. mitmproxy's addons first (they choose layers and make certificates), then ours."""

    def __init__(
        self,
        master: Master,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        mode: mode_specs.ProxyMode,
        handle: Handle,
    ) -> None:
        self._master = master
        self._handle = handle
        super().__init__(reader, writer, master.options, mode)
        context: Context = self.layer.context
        self.layer = layers.modes.HttpProxy(context)

    async def handle_hook(self, hook: commands.StartHook) -> None:
        with self.timeout_watchdog.disarm():
            (data,) = hook.args()
            await self._master.addons.handle_lifecycle(hook)
            await self._handle(hook.name, data)


class ErrorWatch(logging.Handler):
    """Hands every error that mitmproxy logs to `alarm`: it logs, and goes on after, faults that we may not survive."""

    def __init__(self, alarm: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._alarm = alarm

    def emit(self, record: logging.LogRecord) -> None:
        self._alarm(self.format(record))

    def __enter__(self) -> ErrorWatch:
        logging.getLogger("mitmproxy").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("mitmproxy").removeHandler(self)


def client_id(data: Any) -> str:
    """The id of the client connection that a hook's data belongs to, "" where it has none."""
    if isinstance(data, Client):
        return data.id
    for attribute in ("client_conn", "client"):
        if isinstance(found := getattr(data, attribute, None), Client):
            return found.id
    context = getattr(data, "context", None)
    return context.client.id if context is not None else ""
