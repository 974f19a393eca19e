"""The certificate authority of one capture: made at its start, gone at its end, never in anybody's trust store."""

from __future__ import annotations

import base64
import datetime
import hashlib
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = datetime.timedelta(hours=24)
CLOCK_SKEW = datetime.timedelta(hours=12)
"""How far a device's clock may lag behind ours and still accept the CA."""


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """A CA. `ca_pem` is its certificate; `spki` the base64 SHA-256 of its public key, as Chromium's
    --ignore-certificate-errors-spki-list takes it; `key_pem` the private key: it stays in this process and its
    folder."""

    ca_pem: bytes
    spki: str
    key_pem: bytes

    @classmethod
    def make(cls) -> Authority:
        """A fresh P-256 authority: an RSA key would take a tenth of a second."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "testbed, this run only")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCK_SKEW)
            .not_valid_after(now + LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_KEY_USAGE, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return cls(
            ca_pem=certificate.public_bytes(serialization.Encoding.PEM),
            spki=base64.b64encode(hashlib.sha256(public).digest()).decode(),
            key_pem=key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )

    def write_to(self, folder: Path) -> None:
        """Put key and certificate where mitmproxy looks for its CA (certs.CertStore.from_store)."""
        path = folder / "mitmproxy-ca.pem"
        path.touch(mode=0o600)
        path.write_bytes(self.key_pem + self.ca_pem)


_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
