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
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.master import Master
from mitmproxy.proxy import commands, layers, mode_specs, server
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.events import ConnectionClosed, Event

Handle = Callable[[str, Any], Coroutine[Any, Any, None]]
"""Called with a hook's name (`request`, `response`, `error`, `tcp_start`, ...) and its data, after mitmproxy's own
addons. What it raises is its own to deal with."""

PROXY, DIRECT = (mode_specs.ProxyMode.parse(name) for name in ("regular", "transparent"))


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

    def connection(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handle: Handle,
        *,
        meant: tuple[str, int] | None = None,
    ) -> Connection:
        """A client to be an HTTP proxy to; or, where it knows of no proxy, the host and port that it `meant`."""
        return Connection(self.master, reader, writer, handle, meant)


class Connection(server.LiveConnectionHandler):
    """One client connection. mitmproxy's addons first (they choose layers and make certificates), then ours."""

    def __init__(
        self,
        master: Master,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handle: Handle,
        meant: tuple[str, int] | None,
    ) -> None:
        self._master = master
        self._handle = handle
        self._abort = writer.transport.abort
        self._is_cut = False
        super().__init__(reader, writer, master.options, PROXY if meant is None else DIRECT)
        context: Context = self.layer.context
        if meant is None:
            self.layer = layers.modes.HttpProxy(context)
        else:  # as mitmproxy's own listener does it (proxy/mode_servers.py)
            context.client.sockname = context.server.address = meant
            self.layer = layers.modes.TransparentProxy(context)

    async def serve(self) -> None:
        """Returns once the client has left, or is cut."""
        try:
            await self.handle_client()
        finally:
            # mitmproxy's handler and its watchdog know each other, so they stay until the next garbage collection:
            # the listener, whose flows lie in an open file, does not.
            self._handle = _nobody

    def cut(self) -> None:
        """End it at once."""
        self._is_cut = True
        self._abort()
        self._wait_no_more()

    def _wait_no_more(self) -> None:
        """A client that has closed its half may still be told something, and mitmproxy waits without end for that
        (server.handle_connection): not for one that is cut."""
        io = self.transports.get(self.client)
        if self.client.state is ConnectionState.CAN_WRITE and io is not None and io.handler is not None:
            io.handler.cancel("cut")

    async def server_event(self, event: Event) -> None:
        await super().server_event(event)
        if self._is_cut and isinstance(event, ConnectionClosed) and event.connection is self.client:
            self._wait_no_more()

    async def handle_hook(self, hook: commands.StartHook) -> None:
        with self.timeout_watchdog.disarm():
            (data,) = hook.args()
            await self._master.addons.handle_lifecycle(hook)
            await self._handle(hook.name, data)


async def _nobody(hook: str, data: Any) -> None:
    pass


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


def meant_by(client: Client) -> tuple[str, int] | None:
    """The host and port that a client talks to without a proxy; None where it talks to the proxy."""
    if client.proxy_mode is not DIRECT or client.sockname is None:
        return None
    return client.sockname[0], client.sockname[1]


def client_id(data: Any) -> str:
    """The id of the client connection that a hook's data belongs to, "" where it has none."""
    if isinstance(data, Client):
        return data.id
    for attribute in ("client_conn", "client"):
        if isinstance(found := getattr(data, attribute, None), Client):
            return found.id
    context = getattr(data, "context", None)
    return context.client.id if context is not None else ""
