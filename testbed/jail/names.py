"""The jail's name server: every name exists, at an address of its own that says which name was meant.

DNS messages: RFC 1035, 4. Addresses are of 198.18.0.0/16, set aside for the like (RFC 2544), and so nobody's.
"""

from __future__ import annotations

import socket
import struct

PREFIX = (198, 18)
MOST = 0xFFFE

_A = 1
_HEADER = 12
_TTL_S = 60
_ANSWERED, _FAILED = 0x8180, 0x8182  # response, recursion desired and available; the latter with SERVFAIL


class Names:
    """Gives addresses to names, and names back for addresses."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def address_of(self, name: str) -> str | None:
        """The address of `name`, always the same; None once MOST names have one."""
        key = name.lower()
        if (address := self._addresses.get(key)) is None:
            number = len(self._addresses) + 1
            if number > MOST:
                return None
            address = ".".join(str(part) for part in (*PREFIX, number >> 8, number & 0xFF))
            self._addresses[key], self._names[address] = address, key
        return address

    def name_of(self, address: str) -> str:
        """The name that was given `address`; an address that no name has stays what it is."""
        return self._names.get(address, address)

    def answer(self, query: bytes, *, reachable: bool = True) -> tuple[str, bytes] | None:
        """(the name that was asked for, the response); None for what is no question. There is one address per name,
        an IPv4 one: a question for anything else is answered with nothing. Not `reachable`: with a failure."""
        parsed = _question(query)
        if parsed is None:
            return None
        name, kind, end = parsed
        address = self.address_of(name) if kind == _A and reachable else None
        flags = _FAILED if not reachable or (kind == _A and address is None) else _ANSWERED
        head = query[:2] + struct.pack("!HHHHH", flags, 1, 1 if address else 0, 0, 0)
        record = b""
        if address:
            # 0xC00C points to the name in the question.
            record = struct.pack("!HHHIH", 0xC00C, _A, 1, _TTL_S, 4) + socket.inet_aton(address)
        return name, head + query[_HEADER:end] + record


def _question(query: bytes) -> tuple[str, int, int] | None:
    """(name, type, where the question ends) of a message with one question."""
    if len(query) < _HEADER or query[2] & 0x80 or query[4:6] != b"\0\1":
        return None
    labels, at = [], _HEADER
    while at < len(query) and (length := query[at]):
        if length > 63:  # a compression pointer, which no question needs
            return None
        labels.append(query[at + 1 : at + 1 + length])
        at += 1 + length
    end = at + 5
    if end > len(query) or not labels:
        return None
    name = b".".join(labels).decode("ascii", "backslashreplace")
    return name, int.from_bytes(query[at + 1 : at + 3], "big"), end
