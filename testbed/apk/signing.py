"""Signing an APK with this machine's debug key, which is made once."""

from __future__ import annotations

from pathlib import Path

from testbed.apk.running import Runner, java

PASSWORD = "android"  # as that of every debug key: it protects nothing
ALIAS = "testbed"


async def make_key(*, runner: Runner) -> bytes:
    """A key and its certificate, for so long that nobody sees it end."""
    fresh = runner.folder / "key.p12"
    await runner.run(
        [
            *(runner.tools.keytool, "-genkeypair", "-keystore", fresh, "-storetype", "PKCS12", "-storepass", PASSWORD),
            *("-alias", ALIAS, "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "10950"),
            *("-dname", "CN=testbed debug"),
        ]
    )
    return runner.written(fresh)


async def sign(apk: Path, *, key: Path, runner: Runner) -> bytes:
    """The signed file: by the schemes of Android 7 (v2) and 9 (v3), of which each supported device reads one. What is
    not compressed is aligned, too."""
    signed = runner.folder / "signed.apk"
    await runner.run(
        [
            *java(runner.tools.java, runner.tools.apksigner),
            *("sign", "--ks", key, "--ks-pass", f"pass:{PASSWORD}", "--ks-key-alias", ALIAS),
            *("--v1-signing-enabled", "false", "--v2-signing-enabled", "true", "--v3-signing-enabled", "true"),
            *("--v4-signing-enabled", "false", "--in", apk, "--out", signed),
        ],
        reads=[key, Path(runner.tools.apksigner)],
    )
    return runner.written(signed)
