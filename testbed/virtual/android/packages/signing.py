"""APK Signature Scheme v2 and v3, verified (source.android.com/docs/security/features/apksigning/v2 and /v3).

A block of key-value pairs stands before the zip's directory. It has signers, each with digests of everything in the
file but the block itself, signed by the key of a certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa

from testbed.virtual.android.packages.archive import Archive
from testbed.virtual.android.packages.cursor import Cursor
from testbed.virtual.android.packages.refusal import Malformed

MAGIC = b"APK Sig Block 42"
CHUNK = 1 << 20
MAX_BLOCK = 32 << 20
MAX_SIGNERS = 10


class NoSignature(Exception):
    """There is no signature of these schemes."""


class Algorithm(msgspec.Struct, frozen=True):
    """`kind` of key, what the content and what the signature are digested with. `salt` is that of RSASSA-PSS."""

    kind: str
    digest: str
    salt: int = 0


class Scheme(msgspec.Struct, frozen=True):
    """`key` of its pair in the block, and the API `since` which devices know it."""

    version: int
    key: int
    since: int


SCHEMES = (Scheme(3, 0x1B93AD61, 33), Scheme(3, 0xF05368C0, 28), Scheme(2, 0x7109871A, 24))
"""v3.1, v3, v2, in the order in which they are looked for."""

STRIPPING = 0xBEEFF00D
"""Attribute of a v2 signature: the newest scheme that signs the APK too, so that nobody can take that out."""


ALGORITHMS: Mapping[int, Algorithm] = {
    0x0101: Algorithm("rsa", "sha256", salt=32),
    0x0102: Algorithm("rsa", "sha512", salt=64),
    0x0103: Algorithm("rsa", "sha256"),
    0x0104: Algorithm("rsa", "sha512"),
    0x0201: Algorithm("ec", "sha256"),
    0x0202: Algorithm("ec", "sha512"),
    0x0301: Algorithm("dsa", "sha256"),
}
"""Those over digests of chunks. fs-verity's (0x0421, 0x0423, 0x0425) always come beside one of them."""


class Signed(msgspec.Struct, frozen=True):
    """`certificates` are the first of each signer, DER."""

    scheme: int
    certificates: Sequence[bytes]

    @property
    def fingerprint(self) -> str:
        """Of the signers together: two APKs are of one author when it is the same."""
        return hashlib.sha256(b"".join(sorted(self.certificates))).hexdigest()


def verified(archive: Archive, api: int) -> Signed:
    """By the newest scheme that a device of this API knows. Raises NoSignature, or Malformed with Android's words for a
    signature that does not hold."""
    block = _block(archive)
    pairs = dict(_pairs(archive, block)) if block is not None else {}
    known = [each for each in SCHEMES if api >= each.since]
    for each in known:
        if each.key in pairs and block is not None:
            try:
                certificates = _certificates(pairs[each.key], each.version, api, archive, block)
            except Malformed as problem:
                raise Malformed(f"APK Signature Scheme v{each.version}: {problem}") from None
            if certificates:
                return Signed(each.version, certificates)
    raise NoSignature


def _block(archive: Archive) -> int | None:
    """Where the block begins: its size stands before and behind what it holds."""
    data, end = archive.data, archive.directory
    if end < 32 or data[end - 16 : end] != MAGIC:
        return None
    size = int.from_bytes(data[end - 24 : end - 16], "little")
    begin = end - size - 8
    if not 24 <= size <= MAX_BLOCK or begin < 0 or int.from_bytes(data[begin : begin + 8], "little") != size:
        raise Malformed("APK Signature Scheme v2: APK Signing Block sizes in header and footer do not match")
    return begin


def _pairs(archive: Archive, begin: int) -> Iterator[tuple[int, bytes]]:
    pairs = Cursor(archive.data[begin + 8 : archive.directory - 24])
    while pairs.left:
        length = pairs.u64()
        if not 4 <= length <= pairs.left:
            raise Malformed(f"APK Signature Scheme v2: APK Signing Block entry size out of range: {length}")
        number = pairs.u32()
        yield number, bytes(pairs.take(length - 4))


def _certificates(value: bytes, scheme: int, api: int, archive: Archive, block: int) -> list[bytes]:
    """The first certificate of each signer that is for this API, all of them verified."""
    signers = [*Cursor(value).prefixed().each()]
    if not 1 <= len(signers) <= MAX_SIGNERS:
        raise Malformed("No signers found" if not signers else "Too many signers")
    found, digests = [], dict[str, bytes]()
    for signer in signers:
        if (read := _signer(signer, scheme, api)) is not None:
            found.append(read[0])
            for name, digest in read[1].items():
                if digests.setdefault(name, digest) != digest:
                    raise Malformed("digests of signers differ")
    for name, digest in digests.items():
        if _content_digest(archive, block, name) != digest:
            raise Malformed(f"{name.upper().replace('SHA', 'SHA-')} digest of contents did not verify")
    return found


def _signer(signer: Cursor, scheme: int, api: int) -> tuple[bytes, Mapping[str, bytes]] | None:
    """The certificate, and the digests of content by their name. None: of v3, for devices of another API."""
    signed = signer.prefixed()
    raw = signed.rest()
    first, last = (signer.u32(), signer.u32()) if scheme == 3 else (0, 1 << 31)
    signatures = {each.u32(): each.prefixed().rest() for each in signer.prefixed().each()}
    key = signer.prefixed().rest()
    if not first <= api <= last:
        return None
    strongest = max((each for each in signatures if each in ALGORITHMS), key=_strength, default=None)
    if strongest is None:
        raise Malformed("No supported signatures found")
    if not _holds(key, ALGORITHMS[strongest], signatures[strongest], raw):
        raise Malformed(f"signature {strongest:#06x} did not verify")
    content = Cursor(raw)
    digests = {each.u32(): each.prefixed().rest() for each in content.prefixed().each()}
    chain = [each.rest() for each in content.prefixed().each()]
    if scheme == 3 and (content.u32(), content.u32()) != (first, last):
        raise Malformed("minSdkVersion or maxSdkVersion mismatch between signed and unsigned")
    if list(digests) != list(signatures):
        raise Malformed("Signature algorithms don't match between digests and signatures records")
    attributes = {each.u32(): each.rest() for each in content.prefixed().each()}
    if scheme == 2 and api >= 28 and attributes.get(STRIPPING, b"") == b"\3\0\0\0":
        raise Malformed(
            "APK Signature Scheme v2 signature indicates APK is signed using APK Signature Scheme v3, but none was "
            "found. Signature stripped?"
        )
    if not chain:
        raise Malformed("No certificates listed")
    if _key_of(chain[0]) != key:
        raise Malformed("Public key mismatch between certificate and signature record")
    return chain[0], {ALGORITHMS[strongest].digest: digests[strongest]}


def _strength(number: int) -> int:
    return int(ALGORITHMS[number].digest.removeprefix("sha"))


def _holds(key: bytes, algorithm: Algorithm, signature: bytes, signed: bytes) -> bool:
    digest: hashes.HashAlgorithm = hashes.SHA256() if algorithm.digest == "sha256" else hashes.SHA512()
    try:
        public = serialization.load_der_public_key(key)
        match algorithm.kind, public:
            case "rsa", rsa.RSAPublicKey():
                scheme: padding.AsymmetricPadding = padding.PKCS1v15()
                if algorithm.salt:
                    scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=algorithm.salt)
                public.verify(signature, signed, scheme, digest)
            case "ec", ec.EllipticCurvePublicKey():
                public.verify(signature, signed, ec.ECDSA(digest))
            case "dsa", dsa.DSAPublicKey():
                public.verify(signature, signed, digest)
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _key_of(certificate: bytes) -> bytes:
    try:
        public = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed(f"Failed to decode certificate: {error}") from None
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _content_digest(archive: Archive, block: int, name: str) -> bytes:
    """Of all chunks of 1 MiB of the three sections: entries, directory, end record. In the last the directory is said
    to begin where the block does."""
    data = archive.data
    end = bytearray(data[archive.end :])
    end[16:20] = block.to_bytes(4, "little")
    chunks = [
        hashlib.new(name, b"\xa5" + len(chunk).to_bytes(4, "little") + chunk).digest()
        for section in (
            (data[at : min(at + CHUNK, block)] for at in range(0, block, CHUNK)),
            (data[at : min(at + CHUNK, archive.end)] for at in range(archive.directory, archive.end, CHUNK)),
            (bytes(end[at : at + CHUNK]) for at in range(0, len(end), CHUNK)),
        )
        for chunk in section
    ]
    return hashlib.new(name, b"\x5a" + len(chunks).to_bytes(4, "little") + b"".join(chunks)).digest()
