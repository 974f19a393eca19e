"""Small real APKs: linked by the system's aapt2, signed by its apksigner, with a dex file of nothing but a header."""

from __future__ import annotations

import datetime
import hashlib
import struct
import subprocess
import zipfile
import zlib
from functools import cached_property
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

FRAMEWORK = "/usr/share/android-framework-res/framework-res.apk"

MANIFEST = """<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="{package}"
    android:versionCode="{version}" android:versionName="1.{version}">
  <uses-sdk android:minSdkVersion="{min_sdk}" android:targetSdkVersion="{target_sdk}"/>
  <uses-permission android:name="android.permission.INTERNET"/>
  <uses-permission android:name="android.permission.CAMERA"/>
  <application android:label="Harness" android:name=".HarnessApplication" android:debuggable="{debuggable}"{more}>
    <activity android:name=".MainActivity" android:exported="true">
      <intent-filter>
        <action android:name="android.intent.action.MAIN"/>
        <category android:name="android.intent.category.LAUNCHER"/>
      </intent-filter>
      <intent-filter>
        <action android:name="android.intent.action.VIEW"/>
        <category android:name="android.intent.category.DEFAULT"/>
        <data android:scheme="testbed" android:host="open"/>
      </intent-filter>
    </activity>
    <activity android:name=".HiddenActivity" android:exported="false"/>
    <provider android:name="dev.vendor.Init" android:authorities="{package}.init" android:exported="false"/>
  </application>
</manifest>
"""


class Key:
    """A signing key with its certificate, as files that apksigner takes."""

    def __init__(self, folder: Path, name: str, kind: str = "ec") -> None:
        private = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65_537, 2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(private.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=9_000))
            .sign(private, hashes.SHA256())
        )
        self.key, self.certificate = folder / f"{name}.pk8", folder / f"{name}.pem"
        pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
        plain = serialization.NoEncryption()
        self.key.write_bytes(private.private_bytes(der, serialization.PrivateFormat.PKCS8, plain))
        self.certificate.write_bytes(certificate.public_bytes(pem))


class App(msgspec.Struct, frozen=True, kw_only=True):
    """What an APK is made of. `schemes` are those that it is signed by."""

    package: str = "dev.testbed.app"
    version: int = 3
    min_sdk: int = 21
    target_sdk: int = 34
    debuggable: bool = True
    more: str = ""
    signed_by: str = "author"
    schemes: tuple[int, ...] = (2, 3)
    dex: bytes | None = None
    files: dict[str, bytes] = {}
    packed_resources: bool = False


class Maker:
    """Makes each APK once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[bytes, bytes] = {}

    @cached_property
    def keys(self) -> dict[str, Key]:
        return {name: Key(self._folder, name, kind) for name, kind in (("author", "ec"), ("other", "rsa"))}

    def __call__(self, app: App | None = None) -> bytes:
        app = app or App()
        key = msgspec.json.encode(app)
        if key not in self._made:
            self._made[key] = self._make(app)
        return self._made[key]

    def _make(self, app: App) -> bytes:
        manifest, plain, signed = (self._folder / name for name in ("AndroidManifest.xml", "plain.apk", "signed.apk"))
        values = {name: getattr(app, name) for name in ("package", "version", "min_sdk", "target_sdk", "more")}
        manifest.write_text(MANIFEST.format(**values, debuggable=str(app.debuggable).lower()))
        _run("aapt2", "link", "-I", FRAMEWORK, "--manifest", str(manifest), "-o", str(plain))
        with zipfile.ZipFile(plain, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("classes.dex", dex() if app.dex is None else app.dex)
            for name, content in app.files.items():
                archive.writestr(name, content)
        if app.packed_resources:
            _pack(plain)
        if not app.schemes:
            return plain.read_bytes()
        key = self.keys[app.signed_by]
        schemes = [
            f"--v{number}-signing-enabled={str(number in app.schemes or (number == 4 and False)).lower()}"
            for number in (1, 2, 3, 4)
        ]
        _run(
            "apksigner", "sign", "--key", str(key.key), "--cert", str(key.certificate), "--min-sdk-version", "24",
            *schemes, "--out", str(signed), str(plain),
        )  # fmt: skip
        return signed.read_bytes()


def _pack(file: Path) -> None:
    """Deflate every entry, as a packer does that knows nothing of Android."""
    with zipfile.ZipFile(file) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def dex(content: bytes = b"") -> bytes:
    """A dex file with a right header (source.android.com/docs/core/runtime/dex-format)."""
    size = 0x70 + len(content)
    rest = struct.pack("<3I", size, 0x70, 0x12345678) + bytes(0x70 - 32 - 12) + content
    signed = hashlib.sha1(rest).digest() + rest
    return b"dex\n035\0" + struct.pack("<I", zlib.adler32(signed)) + signed


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
