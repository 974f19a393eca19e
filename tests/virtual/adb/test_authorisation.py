"""Who may in, with the real adb: unauthorized, accepted, and remembered from then on."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1

from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.adb.keys import PublicKey, read_public_key
from tests.virtual.adb.memory import MemoryMachine
from tests.virtual.adb.servers import Adb


class User:
    """The device's: she looks at what is `asked`, and answers when the test does."""

    def __init__(self) -> None:
        self.asked: list[PublicKey] = []
        self.answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def __call__(self, key: PublicKey) -> bool:
        self.asked.append(key)
        return await asyncio.shield(self.answer)


async def test_unauthorized_then_accepted_then_remembered(adb: Adb, machine: MemoryMachine):
    user = User()
    keys: set[PublicKey] = set()
    async with Daemon(machine, ("127.0.0.1", 0), accept=user, keys=keys) as daemon:
        serial = "{}:{}".format(*daemon.address)
        await adb("connect", serial)
        await adb.becomes(serial, "unauthorized")
        refused = await adb("shell", "echo in")
        assert refused.code == 1
        assert "device unauthorized" in refused.text
        user.answer.set_result(True)
        await adb.becomes(serial, "device")
        assert await adb.ok("shell", "echo in") == "in\n"
        daemon.drop()
        await adb.becomes(serial, "offline")
        await adb.becomes(serial, "device")
    assert len(user.asked) == 1
    assert keys == set(user.asked)
    await adb.becomes(serial, "offline")
    async with Daemon(machine, daemon.address, accept=user, keys=keys):
        await adb.becomes(serial, "device")
        assert await adb.ok("shell", "echo in") == "in\n"
    assert len(user.asked) == 1


async def test_one_who_is_refused_stays_out(adb: Adb, machine: MemoryMachine):
    user = User()
    user.answer.set_result(False)
    async with Daemon(machine, ("127.0.0.1", 0), accept=user) as daemon:
        serial = "{}:{}".format(*daemon.address)
        await adb("connect", serial)
        await adb.becomes(serial, "unauthorized")
        assert (await adb("shell", "echo in")).code == 1
        assert daemon.keys == set()


@pytest.fixture(scope="module")
def private() -> RSAPrivateKey:
    return generate_private_key(65_537, 2_048)


def public(private: RSAPrivateKey) -> PublicKey:
    numbers = private.public_key().public_numbers()
    return PublicKey(numbers.n, numbers.e)


def signature(private: RSAPrivateKey, token: bytes) -> bytes:
    return private.sign(token, PKCS1v15(), Prehashed(SHA1()))


def test_a_token_is_signed_in_the_place_of_a_digest(private: RSAPrivateKey):
    token = hashlib.sha1(b"any 20 bytes").digest()
    right = signature(private, token)
    assert public(private).signed(token, right)
    assert not public(private).signed(token[::-1], right)
    assert not public(private).signed(token, right[:-1] + bytes([right[-1] ^ 1]))
    assert not public(private).signed(token, b"")
    assert not public(private).signed(b"short", right)


@pytest.mark.parametrize("numbers", [(0, 0), (1, 3), (2**2047, 1), (2**2048 - 1, 0)])
def test_a_key_that_is_none_signs_nothing(private: RSAPrivateKey, numbers: tuple[int, int]):
    assert not PublicKey(*numbers).signed(bytes(20), signature(private, bytes(20)))


def test_two_keys_are_one_by_their_numbers(private: RSAPrivateKey):
    key = public(private)
    assert PublicKey(key.modulus, key.exponent, "a@b") == PublicKey(key.modulus, key.exponent, "c@d")
    assert len({PublicKey(key.modulus, key.exponent, "a@b"), key}) == 1
    assert PublicKey(key.modulus, 3) != key


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "0 bytes"),
        (b"AAAA me@here\0", "3 bytes"),
        (b"no base64! me@here\0", "no base64"),
        (b"A" * 699 + b"=\0", "1 bytes|0 words|words"),
    ],
)
def test_what_is_no_public_key(payload: bytes, why: str):
    with pytest.raises(ValueError, match=why):
        read_public_key(payload)
