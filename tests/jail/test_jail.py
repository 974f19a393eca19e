"""Real programs in real jails: what they try, and what is known of it."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from testbed.errors import EnvironmentFault
from testbed.jail import Attempt, Box, started, support, why_not

PYTHON = os.path.realpath(sys.executable)
BOX = Box(reads=() if PYTHON.startswith("/usr/") else (sys.base_prefix,))

PRELUDE = """
import os, signal, socket, sys
def tries(what):
    try:
        print(what())
    except OSError as error:
        print(type(error).__name__)
def http(host, port):
    with socket.create_connection((host, port), timeout=5) as to:
        to.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        return to.recv(100).decode()
def udp(host, port, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_DGRAM) as to:
        to.settimeout(5)
        to.connect((host, port))
        to.send(b"hello")
        return to.recv(100)
"""


class Heard:
    """An inlet that answers each connection with where it was meant to go."""

    def __init__(self, *, awake: bool = True) -> None:
        self.awake = awake
        self.proxied_lines: list[bytes] = []
        self.meant: list[tuple[str, int]] = []
        self.attempts: list[str] = []

    async def proxied(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.proxied_lines.append(await reader.readline())
        writer.write(b"proxied")
        await writer.drain()

    async def direct(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
        await reader.readline()
        self.meant.append((host, port))
        writer.write(f"meant {host} {port}".encode())
        await writer.drain()

    def attempted(self, attempt: Attempt) -> None:
        self.attempts.append(str(attempt))


async def run(script: str, *, box: Box = BOX, other: Heard | None = None) -> tuple[list[str], Heard]:
    """What `script` printed in a jail, line by line, and what was heard at its door; `other` is at one more."""
    async with started([PYTHON, "-I", "-S", "-c", PRELUDE + script], env={}, box=box) as process:
        assert process.network is not None
        heard = Heard()
        async with AsyncExitStack() as doors:
            for inlet in filter(None, (other, heard)):
                await doors.enter_async_context(process.network.door(inlet))
            await process.ended()
        assert process.exit_code == 0, process.said
    return process.said.splitlines(), heard


def test_a_jail_can_be_had_on_the_machine_that_tests_it():
    """Else every test below would be about nothing. Debian and Ubuntu: bubblewrap, nftables, iproute2."""
    assert asyncio.run(why_not()) == ""


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1", 8080),
        ("169.254.169.254", 80),
        ("192.168.1.1", 443),
        ("8.8.8.8", 853),
        ("2001:db8::5", 443),
        ("::1", 22),
    ],
)
async def test_every_tcp_connection_comes_to_us_with_what_it_meant(host: str, port: int):
    said, heard = await run(f"tries(lambda: http({host!r}, {port}))")
    assert said == [f"meant {host} {port}"]
    assert heard.meant == [(host, port)]


async def test_a_name_is_known_by_the_address_that_it_was_given():
    said, heard = await run("tries(lambda: http('api.acme.example', 443))")
    assert said == ["meant api.acme.example 443"]
    assert set(heard.attempts) == {"DNS api.acme.example"}


async def test_a_name_server_of_its_own_does_not_help():
    question = r"b'\1\2\1\0\0\1\0\0\0\0\0\0\4acme\7example\0\0\1\0\1'"
    said, heard = await run(
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(5)\n"
        f"u.sendto({question}, ('8.8.8.8', 53))\n"
        "answer, server = u.recvfrom(500); print(server[0], socket.inet_ntoa(answer[-4:]))"
    )
    assert said == ["8.8.8.8 198.18.0.1"]
    assert heard.attempts == ["DNS acme.example"]


async def test_datagrams_are_refused_and_seen():
    said, heard = await run(
        "tries(lambda: udp('8.8.8.8', 3478))\n"
        "tries(lambda: udp('127.0.0.1', 9999))\n"
        "tries(lambda: udp('2001:db8::1', 443, socket.AF_INET6))\n"
        "tries(lambda: udp('stun.acme.example', 3478))"
    )
    assert said == ["ConnectionRefusedError"] * 4
    assert [each for each in heard.attempts if not each.startswith("DNS")] == [
        "UDP 8.8.8.8:3478",
        "UDP 127.0.0.1:9999",
        "UDP [2001:db8::1]:443",
        "UDP stun.acme.example:3478",
    ]


async def test_what_was_sent_before_a_door_closes_is_heard_there():
    async with started([PYTHON, "-I", "-S", "-c", PRELUDE + "tries(lambda: udp('8.8.8.8', 1))"], env={}, box=BOX) as it:
        assert it.network is not None
        asyncio.get_running_loop().remove_reader(it.network._packets)  # nobody looks before the door closes
        heard = Heard()
        async with it.network.door(heard):
            await it.ended()
            assert heard.attempts == []
    assert heard.attempts == ["UDP 8.8.8.8:1"]


async def test_raw_and_packet_sockets_are_refused():
    said, _ = await run(
        "tries(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))\n"
        "tries(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3))"
    )
    assert said == ["PermissionError"] * 2


async def test_a_door_is_told_from_everything_else_by_its_address():
    said, heard = await run(
        "tries(lambda: http('127.0.0.1', 20001)); tries(lambda: http('127.0.0.1', 20002)); "
        "tries(lambda: http('127.0.0.2', 20001))"
    )
    assert said == ["proxied", "meant 127.0.0.1 20002", "meant 127.0.0.2 20001"]
    assert heard.proxied_lines == [b"GET / HTTP/1.0\r\n"]


async def test_a_door_that_was_closed_leads_to_nobody():
    """A browser opens spare connections to its proxy, also when the context that they were for has just gone."""
    script = PRELUDE + "os.read(3, 1)\ntries(lambda: http('127.0.0.1', 20001))"
    ours, theirs = os.pipe()
    try:
        async with started([PYTHON, "-I", "-S", "-c", script], env={}, pipes=(ours,), box=BOX) as it:
            assert it.network is not None
            heard = Heard()
            async with it.network.door(Heard()):
                pass
            async with it.network.door(heard):
                os.write(theirs, b"!")
                await it.ended()
    finally:
        os.close(ours)
        os.close(theirs)
    assert (heard.meant, heard.attempts, heard.proxied_lines) == ([], [], [])


async def test_with_several_doors_open_nobody_knows_whose_a_direct_connection_is():
    said, heard = await run("tries(lambda: http('8.8.8.8', 443))", other=Heard())
    assert said in ([""], ["ConnectionResetError"], [])
    assert heard.meant == []
    assert heard.attempts == ["TCP 8.8.8.8:443, from one of 2 runs"]


async def test_behind_a_door_that_is_not_awake_there_is_nobody_who_goes_round_it():
    asleep = Heard(awake=False)
    _, heard = await run("tries(lambda: http('8.8.8.8', 443)); tries(lambda: udp('8.8.4.4', 3478))", other=asleep)
    assert (heard.meant, heard.attempts) == ([("8.8.8.8", 443)], ["UDP 8.8.4.4:3478"])
    assert (asleep.meant, asleep.attempts) == ([], [])


async def test_a_program_speaks_into_nowhere_without_a_word():
    said, heard = await run("tries(lambda: http('127.0.0.1', 9))")
    assert said == ["ConnectionRefusedError"]
    assert (heard.meant, heard.attempts) == ([], [])


async def test_it_sees_no_files_processes_or_rights_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_OF_THE_USER", "s3cret")
    (tmp_path / "private").write_text("x")
    said, _ = await run(
        f"tries(lambda: open({str(tmp_path / 'private')!r}).read())\n"
        "tries(lambda: open('/etc/shadow').read())\n"
        "tries(lambda: open('/usr/made-up', 'w'))\n"
        "print(sorted(name for name in os.listdir('/proc') if name.isdigit()))\n"
        "print('SECRET_OF_THE_USER' in os.environ, os.getuid(), os.listdir(os.environ['HOME']))\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')])\n"
        "open(os.environ['HOME'] + '/mine', 'w').write('x'); open('/tmp/mine', 'w').write('x')\n"
    )
    assert said == [
        "FileNotFoundError",
        "FileNotFoundError",
        "OSError",  # read-only
        "['1', '2']",
        "False 1000 []",
        "['0000000000000000']",
    ]
    assert "mine" not in os.listdir("/tmp")


async def test_it_has_bounds():
    small = Box(reads=BOX.reads, memory_mb=256, scratch_mb=4)
    said, _ = await run(
        "try:\n    bytearray(400 << 20)\nexcept MemoryError:\n    print('memory')\n"
        "try:\n    open('/tmp/large', 'wb', 0).write(bytes(8 << 20)) == 8 << 20 or print('space')\n"
        "except OSError as error:\n    print(error.strerror)\n",
        box=small,
    )
    assert said == ["memory", "space"]


async def test_all_of_it_ends_with_the_context():
    script = "import os, signal\nos.fork() or os.setsid()\nos.write(3, b'!')\nsignal.pause()"
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb", 0) as told:
        try:
            env = {"TESTBED_TEST": "jail-ends"}
            async with started([PYTHON, "-I", "-S", "-c", script], env=env, pipes=(theirs,), box=BOX) as it:
                assert await asyncio.to_thread(told.read, 1) == b"!"
                assert carriers("TESTBED_TEST=jail-ends")
        finally:
            os.close(theirs)
    assert it.exit_code is not None
    assert carriers("TESTBED_TEST=jail-ends") == []


def carriers(variable: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if variable.encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


async def test_a_missing_tool_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(support, "_PATH", str(tmp_path))
    with pytest.raises(EnvironmentFault, match="bwrap and ip and nft not found") as caught:
        async with started(["/bin/true"], env={}, box=BOX):
            pass
    assert caught.value.fix == "apt-get install bubblewrap iproute2 nftables"
    monkeypatch.setattr(support, "_known", [])
    assert await why_not() == "bwrap and ip and nft not found: apt-get install bubblewrap iproute2 nftables"


async def test_a_namespace_that_the_system_does_not_give_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    broken = tmp_path / "ip"
    broken.write_text("#!/bin/sh\necho 'RTNETLINK answers: Operation not permitted' >&2\nexit 2\n")
    broken.chmod(0o755)
    monkeypatch.setattr(support, "_PATH", f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin")
    with pytest.raises(EnvironmentFault, match="RTNETLINK answers: Operation not permitted"):
        async with started(["/bin/true"], env={}, box=BOX):
            pass


async def test_a_folder_that_may_be_changed(tmp_path: Path):
    """Its sum is the caller's to watch; one file outgrows no bound."""
    box = Box(reads=BOX.reads, writes=(str(tmp_path),), scratch_mb=1)
    said, _ = await run(
        f"open('{tmp_path}/kept', 'w').write('there')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"tries(lambda: open('{tmp_path}/huge', 'wb', 0).write(bytes(2 << 20)))\n"
        f"tries(lambda: os.pwrite(os.open('{tmp_path}/huge', os.O_WRONLY), b'x', 1 << 20))",
        box=box,
    )
    assert said == [str(1 << 20), "OSError"]
    assert (tmp_path / "kept").read_text() == "there"


async def test_the_loopback_may_be_somebody_elses():
    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"taken")
        await writer.drain()

    script = PRELUDE + (
        "open(3).readline()\n"
        "tries(lambda: http('127.0.0.1', 8888)); tries(lambda: http('::1', 8888))\n"
        "tries(lambda: http('127.0.0.1', 9999)); tries(lambda: http('8.8.8.8', 8888))"
    )
    ours, theirs = os.pipe()
    async with started([PYTHON, "-I", "-S", "-c", script], env={}, pipes=[ours], box=BOX) as it:
        assert it.network is not None
        it.network.loopback = {8888: taken}.get
        heard = Heard()
        it.network.around.append(heard)
        os.write(theirs, b"go\n")
        await it.ended()
        said = it.said.splitlines()
    os.close(ours)
    os.close(theirs)
    assert said == ["taken", "taken", "ConnectionResetError", "meant 8.8.8.8 8888"]
    assert heard.meant == [("8.8.8.8", 8888)]


async def test_what_was_sent_before_an_inlet_leaves_is_heard_by_it():
    async with started([PYTHON, "-I", "-S", "-c", PRELUDE + "tries(lambda: udp('8.8.8.8', 1))"], env={}, box=BOX) as it:
        assert it.network is not None
        asyncio.get_running_loop().remove_reader(it.network._packets)  # nobody looks before it leaves
        heard = Heard()
        it.network.around.append(heard)
        await it.ended()
        assert heard.attempts == []
        it.network.look()
    assert heard.attempts == ["UDP 8.8.8.8:1"]


async def test_offline_nothing_is_reached_and_what_is_open_is_broken_off():
    """Nobody is told: what never left the device is no traffic."""
    script = PRELUDE + (
        "def held():\n"
        "    with socket.create_connection(('8.8.8.8', 80)) as to:\n"
        "        to.sendall(b'GET / HTTP/1.0\\r\\n')\n"
        "        return to.recv(100)\n"
        "tries(held); tries(lambda: http('8.8.8.8', 80)); tries(lambda: http('127.0.0.1', 80))\n"
        "tries(lambda: http('acme.example', 80))"
    )
    async with started([PYTHON, "-I", "-S", "-c", script], env={}, box=BOX) as it:
        assert it.network is not None
        network = it.network

        class Hearing(Heard):
            async def direct(
                self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
            ) -> None:
                self.meant.append((host, port))
                network.online = False
                await reader.read()

        heard = Hearing()
        network.around.append(heard)
        await it.ended()
        assert it.said.splitlines() == ["ConnectionResetError"] * 3 + ["gaierror"]
    assert heard.meant == [("8.8.8.8", 80)]
    assert heard.attempts == []
