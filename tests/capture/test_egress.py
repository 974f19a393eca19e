"""Where nothing may go, in every spelling."""

import asyncio
import socket
from typing import Any

import pytest

from testbed.capture.egress import deny_reason, resolve_public


@pytest.mark.parametrize(
    "host",
    [
        # this machine
        "localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0.0.0.0",
        "[::1]", "::", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "::127.0.0.1", "64:ff9b::7f00:1",
        # its networks
        "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "fe80::1%eth0", "printer", "nas.local",
        "db.internal", "::ffff:192.168.0.1", "2002:c0a8:0001::", "router.home.arpa",
        # metadata and the rest
        "169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254", "224.0.0.1", "ff02::1", "255.255.255.255",
        "192.0.2.1", "",
    ],
)  # fmt: skip
def test_denied(host: str):
    assert deny_reason(host, 443)


@pytest.mark.parametrize(
    "host", ["api.acme.example", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "localhost.example.com", "a.b"]
)
def test_allowed(host: str):
    assert deny_reason(host, 443) is None


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_no_such_port(port: int):
    assert deny_reason("api.acme.example", port)


@pytest.mark.parametrize(
    ("addresses", "reached"),
    [
        (["93.184.216.34"], "93.184.216.34"),
        # a name server that shows the check one address and the connection another must fail on both
        (["93.184.216.34", "127.0.0.1"], None),
        (["169.254.169.254"], None),
        ([], None),
    ],
)
async def test_every_address_of_a_name_is_checked(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], reached: str | None
):
    async def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    if reached is None:
        with pytest.raises(OSError, match=r"api\.acme\.example"):
            await resolve_public("api.acme.example", 443)
    else:
        assert await resolve_public("api.acme.example", 443) == reached
