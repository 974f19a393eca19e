"""Where nothing may go, whatever the plugin or --live says: this machine, its networks, and their metadata services."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
"""Names that only a local network resolves (RFC 6761, 6762, 8375, and ICANN's reserved .internal)."""

IPV4_AT_THE_END = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""IPv6 that leads to the IPv4 address in its last bits: by NAT64 (RFC 6052), and as was once meant (RFC 4291, 2.5.5.1).
"""


def deny_reason(host: str, port: int) -> str | None:
    """Why `host` may not be talked to, or None. Judges names and literal addresses in every spelling that a resolver
    takes (`127.1`, `0x7f000001`, `::ffff:10.0.0.1`); looks nothing up."""
    name = host.strip("[]").rstrip(".").lower()
    if not name:
        return "no host"
    if not 0 < port < 65536:
        return f"port {port} does not exist"
    if name == "localhost" or name.endswith(LOCAL_SUFFIXES) or ("." not in name and not _literal(name)):
        return "a name of the local machine or network"
    address = _literal(name)
    return None if address is None else _why(address)


async def resolve_public(host: str, port: int) -> str:
    """The one address to connect to. Every address that the name has must be public, else a plugin's name server could
    have the check see one and the connection another. Raises OSError, with the reason."""
    if (reason := deny_reason(host, port)) is not None:
        raise OSError(f"{host}: {reason}")
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if (reason := _why(ipaddress.ip_address(address.partition("%")[0]))) is not None:
            raise OSError(f"{host} is {address}: {reason}")
    if not addresses:
        raise OSError(f"{host} has no address")
    return addresses[0]


def _literal(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        pass
    try:  # the shortened, octal and hexadecimal forms that inet_aton(3), and so browsers and resolvers, accept
        return ipaddress.ip_address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None


def _why(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if any(address in network for network in IPV4_AT_THE_END):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return _why(inner)
    if address.is_unspecified or address.is_loopback:
        return "this machine"
    if address.is_link_local:
        return "a link-local address, where cloud metadata services live"
    if address.is_multicast:
        return "a multicast address"
    if not address.is_global:
        return "a private or reserved address"
    return None
