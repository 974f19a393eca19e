"""The thin client of the control API: HTTP over the fleet's unix socket, with the standard library alone.

`testbed run` against a warm fleet is this module and little else: it must load in milliseconds.
"""

from __future__ import annotations

import http.client
import json
import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from testbed.errors import EnvironmentFault, InternalError
from testbed.fleet.paths import control_socket

if TYPE_CHECKING:
    from testbed.fleet.model import FleetInfo, FleetStatus, RunRequest

ASK_S = 10.0
"""How long an answer to anything but a run may take, in seconds."""

DOWN_S = 30.0


def find() -> FleetInfo | None:
    """The fleet that is up, or None. A socket that nobody listens on counts as none; raises EnvironmentFault for one
    that somebody does who does not answer."""
    status = _status()
    if status is None:
        return None
    import msgspec

    from testbed.fleet.model import FleetInfo

    return msgspec.convert(status["fleet"], FleetInfo)


def status() -> FleetStatus:
    """What the fleet says of itself. Raises EnvironmentFault when none is up."""
    found = _status()
    if found is None:
        raise EnvironmentFault("no fleet is up", fix="testbed up")
    import msgspec

    from testbed.fleet.model import FleetStatus

    return msgspec.convert(found, FleetStatus)


def down() -> None:
    """Take the fleet down; returns once its process has ended, and so all that it owned. Raises EnvironmentFault when
    none is up, or it does not end within DOWN_S."""
    found = find()
    if found is None or _ask("POST", "/down") is None:
        raise EnvironmentFault("no fleet is up", fix="testbed up")
    if not _ends(found.pid, DOWN_S):
        raise EnvironmentFault(f"process {found.pid} has not ended within {DOWN_S:g} s", fix=f"kill -9 {found.pid}")


def run(zipped: bytes, request: RunRequest) -> Iterator[bytes]:
    """The NDJSON lines of a run, as they come. Leaving the iterator ends the run. Raises EnvironmentFault when the
    fleet goes away in mid-run: a stream without its last event is never taken for a result."""
    import msgspec

    body = msgspec.json.encode(request) + b"\n" + zipped
    with closing(_Connection(None)) as connection:
        try:
            connection.request("POST", "/run", body=body)
            answer = connection.getresponse()
        except OSError as error:
            raise EnvironmentFault(
                f"the fleet did not take the run: {error}", fix="testbed down; testbed up"
            ) from error
        if answer.status != 200:
            raise InternalError(f"the fleet answered {answer.status}: {answer.read(2000).decode(errors='replace')}")
        ended = False
        try:
            for line in answer:
                ended = line.startswith(b'{"event":"run-ended"')
                yield line
        except (OSError, http.client.HTTPException) as error:
            raise EnvironmentFault(f"the fleet went away in mid-run: {error}", fix="testbed up") from error
        if not ended:
            raise EnvironmentFault("the fleet went away in mid-run", fix="testbed up")


def _ends(pid: int, within_s: float) -> bool:
    """Whether the process ends in time. Not our child, so waitpid(2) does not serve."""
    if hasattr(os, "pidfd_open"):  # Linux
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        try:
            return bool(select.select([descriptor], [], [], within_s)[0])
        finally:
            os.close(descriptor)
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        select.select([], [], [], 0.05)  # macOS has no pidfd_open: look again shortly
    return False


def _status() -> dict[str, Any] | None:
    return _ask("GET", "/status")


def _ask(method: str, path: str) -> dict[str, Any] | None:
    with closing(_Connection(ASK_S)) as connection:
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
        except (FileNotFoundError, ConnectionError):
            return None
        except TimeoutError as error:
            raise EnvironmentFault(
                f"the fleet does not answer within {ASK_S:g} s",
                fix=f"kill the process that listens on {control_socket()}",
            ) from error
        if answer.status != 200:
            raise InternalError(f"the fleet answered {answer.status} to {path}")
        found = json.loads(body)
        return found if isinstance(found, dict) else None


class _Connection(http.client.HTTPConnection):
    """HTTP over the control socket. `timeout_s` None waits as long as a run takes."""

    def __init__(self, timeout_s: float | None) -> None:
        super().__init__("testbed", timeout=timeout_s)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(control_socket()))
