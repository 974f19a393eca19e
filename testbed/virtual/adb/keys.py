"""The RSA keys that computers sign in with (AOSP, packages/modules/adb/crypto, libcrypto_utils/android_pubkey.c).

A public key comes as base64 of 524 bytes (number of 32-bit words, a Montgomery constant, modulus and its square for
Montgomery arithmetic, exponent; little-endian), a space, and who it belongs to (`user@host`).
"""

from __future__ import annotations

import base64
import binascii
import struct

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1

TOKEN_BYTES = 20
BYTES = 256
ENCODED = struct.Struct(f"<II{BYTES}s{BYTES}sI")


class PublicKey(msgspec.Struct, frozen=True):
    """A computer's key. `owner` is what it calls itself, which proves nothing: two keys are one by their numbers."""

    modulus: int
    exponent: int
    owner: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self._numbers == other._numbers

    def __hash__(self) -> int:
        return hash(self._numbers)

    @property
    def _numbers(self) -> tuple[int, int]:
        return self.modulus, self.exponent

    def signed(self, token: bytes, signature: bytes) -> bool:
        """Whether the holder of the key signed the token. The 20 bytes stand in the place of a SHA-1 digest, as they
        are (RSA_sign with NID_sha1 in client/auth.cpp)."""
        try:
            key = RSAPublicNumbers(self.exponent, self.modulus).public_key()
            key.verify(signature, token, PKCS1v15(), Prehashed(SHA1()))
        except (InvalidSignature, ValueError):
            return False
        return True


def read_public_key(payload: bytes) -> PublicKey:
    """The key in an AUTH packet, which a NUL ends. Raises ValueError for what is none."""
    encoded, _, owner = payload.rstrip(b"\0").partition(b" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(f"no base64: {error}") from None
    if len(raw) != ENCODED.size:
        raise ValueError(f"{len(raw)} bytes; the key of 2048 bits has {ENCODED.size}")
    words, _, modulus, _, exponent = ENCODED.unpack(raw)
    if words * 4 != BYTES:
        raise ValueError(f"{words} words; the key of 2048 bits has {BYTES // 4}")
    return PublicKey(int.from_bytes(modulus, "little"), exponent, owner.decode(errors="replace"))
