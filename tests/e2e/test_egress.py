"""A page that tries everything to get out: nothing of it arrives, and all of it is in the ledger."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.devices.api import DeviceSpec
from testbed.errors import ExitCode
from testbed.fleet.fleet import open_fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetOptions, RunRequest
from testbed.jail import support
from testbed.plugin import pack
from tests.e2e.conftest import Bench

pytestmark = pytest.mark.browser

MANIFEST = """
name = "Prober"
version = "1"
calls = ["track"]
[egress]
hosts = ["api.prober.example"]
[[stub]]
host = "api.prober.example"
path = "/h3"
headers = {alt-svc = 'h3=":443"; ma=86400'}
json = {}
[targets.web]
sdk = "web"
style = "register"
entry = "prober.js"
library = "prober"
"""

PROBER = """
const attempts = [
  () => fetch("http://127.0.0.1:PORT/", {mode: "no-cors"}),
  () => fetch("https://127.0.0.1:PORT/", {mode: "no-cors"}),
  () => fetch("https://localhost:PORT/", {mode: "no-cors"}),
  () => fetch("https://169.254.169.254/latest/meta-data/", {mode: "no-cors"}),
  () => fetch("http://169.254.170.2/", {mode: "no-cors"}),
  () => fetch("https://192.168.1.1/", {mode: "no-cors"}),
  () => new Image().src = "https://[::1]:PORT/pixel.gif",
  () => socket("ws://127.0.0.1:PORT/"),
  () => socket("wss://push.prober.example/"),
  () => webrtc(["stun:stun.prober.example:3478", "stun:127.0.0.1:PORT", "turn:turn.prober.example:3479?transport=tcp"]),
  () => new WebTransport("https://quic.prober.example:4433/").ready,
  () => new TCPSocket("127.0.0.1", PORT).opened,
  () => new UDPSocket({remoteAddress: "127.0.0.1", remotePort: PORT}).opened,
  () => twice("https://api.prober.example/h3"),
];

const socket = (url) => new Promise((done) => {
  const opened = new WebSocket(url);
  opened.onerror = opened.onopen = done;
});
const webrtc = (urls) => new Promise(async (done) => {
  const servers = urls.map((url) => ({urls: url, username: "u", credential: "c"}));
  const peer = new RTCPeerConnection({iceServers: servers});
  peer.createDataChannel("d");
  peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done();
  await peer.setLocalDescription(await peer.createOffer());
});
const twice = async (url) => [await fetch(url), await fetch(url)];

const within = (ms) => new Promise((done) => setTimeout(done, ms));
const attempt = (act) => new Promise((done) => done(act())).catch((error) => console.log(String(error)));

window.prober = () => ({
  name: "Prober", type: "destination", version: "1", isLoaded: () => true, load: async () => {},
  track: async (ctx) => {
    await Promise.race([Promise.all(attempts.map(attempt)), within(4000)]);
    return ctx;
  },
});
"""

LEDGER = {
    "refused http://127.0.0.1:{port}",
    "refused https://127.0.0.1:{port}",
    "refused https://localhost:{port}",
    "refused https://169.254.169.254:443",
    "refused http://169.254.170.2",
    "refused https://192.168.1.1:443",
    "refused https://::1:{port}",
    "refused ws://127.0.0.1:{port}",
    "refused wss://push.prober.example:443",
    "refused tcp://turn.prober.example:3479",
    "refused https://quic.prober.example:4433",
    "unused api.prober.example",
}
OF_THE_JAIL = {"refused UDP stun.prober.example:3478", "refused UDP 127.0.0.1:{port}"}


class Host:
    """Sockets on this machine that nothing of a plugin's may reach."""

    def __init__(self, tcp: socket.socket, udp: socket.socket) -> None:
        self._sockets = (tcp, udp)
        self.port = tcp.getsockname()[1]

    def reached(self) -> list[str]:
        found = []
        for name, each, take in (("TCP", self._sockets[0], socket.socket.accept), ("UDP", self._sockets[1], _receive)):
            try:
                found.append(f"{name} {take(each)!r}")
            except BlockingIOError:
                continue
        return found


def _receive(datagrams: socket.socket) -> bytes:
    return datagrams.recv(100)


@contextmanager
def listening() -> Iterator[Host]:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())
        tcp.setblocking(False)
        udp.setblocking(False)
        yield Host(tcp, udp)


def prober(host: Host, folder: Path) -> bytes:
    (folder / "scenarios").mkdir()
    (folder / "plugin.toml").write_text(MANIFEST)
    (folder / "prober.js").write_text(PROBER.replace("PORT", str(host.port)))
    (folder / "scenarios" / "probe.yaml").write_text("name: probe\nsteps: [track: Probe]\n")
    return pack(folder)


def expected(entries: set[str], host: Host) -> set[str]:
    return {entry.format(port=host.port) for entry in entries}


@pytest.mark.asyncio(loop_scope="session")
async def test_what_a_page_tries_reaches_nothing_and_is_in_the_ledger(bench: Bench, tmp_path: Path):
    with listening() as host:
        outcome = await bench.run(prober(host, tmp_path))
        assert host.reached() == []
    [verdict] = outcome.verdicts
    found = {f"{entry.kind} {entry.subject}" for entry in verdict.ledger}
    assert expected(LEDGER | OF_THE_JAIL, host) <= found
    assert outcome.code == ExitCode.FAILED
    assert {check.id for check in verdict.checks if check.outcome == "failed"} >= {"undeclared-host", "unseen"}
    assert not any("HTTP/3" in event.flow.request.http_version for event in outcome.flows)


def test_the_sockets_of_the_test_can_be_reached():
    """Else that nothing reached them would prove nothing."""
    with listening() as host, socket.create_connection(("127.0.0.1", host.port)):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("127.0.0.1", host.port))
        assert [each.partition(" ")[0] for each in host.reached()] == ["TCP", "UDP"]


@pytest_asyncio.fixture
async def unjailed(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Bench]:
    """A fleet on a machine that has no namespaces."""
    monkeypatch.setattr(support, "_known", ["this system gives none"])
    options = FleetOptions(devices=(DeviceSpec(platform="web"),))
    async with open_fleet(options, env=home.env, emit=lambda _: None) as fleet:
        yield Bench(fleet, tmp_path / "examples")


async def test_without_a_jail_the_proxy_alone_keeps_it_in_and_the_ledger_says_so(unjailed: Bench, tmp_path: Path):
    with listening() as host:
        outcome = await unjailed.run(prober(host, tmp_path))
        assert host.reached() == []
    [verdict] = outcome.verdicts
    entries = {f"{entry.kind} {entry.subject}": entry.reason for entry in verdict.ledger}
    assert expected(LEDGER, host) <= set(entries)
    assert entries["unseen UDP, and connections that go round the proxy"] == "no jail: this system gives none"


async def test_without_a_jail_a_run_that_requires_one_ends_with_6(unjailed: Bench):
    outcome = await unjailed.run(unjailed.zip("acme"), RunRequest(require_jail=True))
    assert outcome.code == ExitCode.ENVIRONMENT
    assert outcome.verdicts == []
    [fault] = outcome.faults
    assert fault.message == "a jail is required, and web-1 has none: this system gives none"


@pytest.mark.asyncio(loop_scope="session")
async def test_with_a_jail_a_run_that_requires_one_is_as_any_other(bench: Bench):
    outcome = await bench.run(bench.zip("acme"), RunRequest(require_jail=True, scenarios=("track",)))
    assert outcome.code == ExitCode.PASSED
    assert [verdict.ledger for verdict in outcome.verdicts] == [()]
