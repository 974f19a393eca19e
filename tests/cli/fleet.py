"""What the command line sees of a fleet that is up: the control API on its unix socket, with answers set by a test."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

import msgspec

from testbed import events
from testbed.devices.api import Tool
from testbed.fleet.model import DeviceStatus, FleetInfo, FleetStatus, RunRequest

RUN: Sequence[events.Event] = (
    events.RunStarted(
        plugin="Acme",
        version="0.1.0",
        sha256="ab" * 32,
        plan=(events.PlanItem(run="r1", scenario="track", target="web", steps=1),),
    ),
    events.RunEnded(exit_code=0, passed=1),
)


class PretendFleet:
    """A context manager. `stream` is what a run answers; `requests` and `zips` what it was asked for. With `breaks` the
    answer to a run ends before its last event."""

    def __init__(self, path: Path) -> None:
        self.stream: Sequence[events.Event] = RUN
        self.breaks = False
        self.requests: list[RunRequest] = []
        self.zips: list[bytes] = []
        self.status = FleetStatus(
            fleet=FleetInfo(id="up-0123", pid=os.getpid(), control=str(path), started=0.0, version="0.1.0"),
            devices=(DeviceStatus(id="web-1", platform="web", state="ready"),),
            tools=(Tool(name="adb", program="/bin/echo", address="127.0.0.1:5", env={"ANDROID_ADB_SERVER_PORT": "5"}),),
        )
        self._server = _Server(str(path), _Handler)
        self._server.fleet = self

    @property
    def request(self) -> RunRequest:
        """The only one."""
        (request,) = self.requests
        return request

    def __enter__(self) -> PretendFleet:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    fleet: PretendFleet


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer(msgspec.json.encode(self.server.fleet.status))

    def do_POST(self) -> None:
        fleet = self.server.fleet
        head, _, zipped = self.rfile.read(int(self.headers["content-length"])).partition(b"\n")
        fleet.zips.append(zipped)
        fleet.requests.append(msgspec.json.decode(head, type=RunRequest))
        stream = fleet.stream[:-1] if fleet.breaks else fleet.stream
        self._answer(b"".join(events.encode(event) for event in stream))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
