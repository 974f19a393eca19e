"""A file to what can be installed on this phone, or Android's refusal of it.

The order is the system's: parse, signature, and then whether it fits the phone (AOSP: PackageInstallerSession,
ApkLiteParseUtils, ApkSignatureVerifier, ParsingPackageUtils).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from testbed.virtual.android.packages.archive import STORED, Archive
from testbed.virtual.android.packages.dex import check_dex, dexes
from testbed.virtual.android.packages.manifest import Manifest, read_manifest
from testbed.virtual.android.packages.refusal import Malformed, Refused
from testbed.virtual.android.packages.signing import NoSignature, Signed, verified

MAX_MANIFEST = 4 << 20
R = 30
"""The API from which on a target must be signed by v2, and have its resources stored and aligned."""


class Apk(msgspec.Struct, frozen=True, kw_only=True):
    manifest: Manifest
    signed: Signed
    sha256: str
    size: int


def check(file: Path, shown: str, *, api: int, abis: Sequence[str]) -> Apk:
    """`shown` is the path that the phone has for the file. Raises Refused. Reads all of it: call it in a thread."""
    try:
        with Archive.opened(file) as archive:
            return _check(archive, file, shown, api, abis)
    except Malformed:
        raise Refused("INSTALL_PARSE_FAILED_NOT_APK", f"Failed to parse {shown}") from None


def _check(archive: Archive, file: Path, shown: str, api: int, abis: Sequence[str]) -> Apk:
    manifest = _manifest(archive, shown)
    signed = _signed(archive, shown, manifest, api)
    if manifest.min_sdk > api:
        raise Refused(
            "INSTALL_FAILED_OLDER_SDK",
            f"Failed parse during installPackageLI: {shown} (at Binary XML file line #{manifest.line}): "
            f"Requires newer sdk version #{manifest.min_sdk} (current version is #{api})",
        )
    _check_resources(archive, manifest)
    _check_native(archive, abis)
    for entry in dexes(archive):
        try:
            check_dex(archive, entry)
        except Malformed as problem:
            raise Refused(
                "INSTALL_FAILED_INVALID_APK", f"Failure to verify dex file '{shown}!{entry.name}': {problem}"
            ) from None
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(1 << 20):
            digest.update(piece)
    return Apk(manifest=manifest, signed=signed, sha256=digest.hexdigest(), size=len(archive.data))


def _manifest(archive: Archive, shown: str) -> Manifest:
    try:
        data = archive.read("AndroidManifest.xml", at_most=MAX_MANIFEST)
    except Malformed as problem:
        raise Refused("INSTALL_PARSE_FAILED_UNEXPECTED_EXCEPTION", f"Failed to parse {shown}: {problem}") from None
    try:
        return read_manifest(data)
    except Malformed as problem:
        if str(problem).startswith("Invalid manifest package"):
            raise Refused("INSTALL_PARSE_FAILED_BAD_PACKAGE_NAME", str(problem)) from None
        code = "BAD_MANIFEST" if str(problem).startswith("No <manifest>") else "UNEXPECTED_EXCEPTION"
        raise Refused(f"INSTALL_PARSE_FAILED_{code}", f"Failed to parse {shown}: {problem}") from None


def _signed(archive: Archive, shown: str, manifest: Manifest, api: int) -> Signed:
    code = "INSTALL_PARSE_FAILED_NO_CERTIFICATES"
    try:
        return verified(archive, api)
    except NoSignature:
        if manifest.target_sdk >= R:
            raise Refused(
                code,
                f"Failed to collect certificates from {shown}: No signature found in package of version 2 or newer "
                f"for package {manifest.package}",
            ) from None
        raise Refused(
            code,
            f"Failed to collect certificates from {shown} using APK Signature Scheme v1: Package {shown} has no "
            "certificates at entry AndroidManifest.xml",
        ) from None
    except Malformed as problem:
        raise Refused(code, f"Failed to collect certificates from {shown} using {problem}") from None


def _check_resources(archive: Archive, manifest: Manifest) -> None:
    entry = archive.entries.get("resources.arsc")
    if entry is not None and manifest.target_sdk >= R and (entry.method != STORED or entry.start % 4):
        raise Refused(
            "INSTALL_PARSE_FAILED_RESOURCES_ARSC_COMPRESSED",
            "Failed parse during installPackageLI: Targeting R+ (version 30 and above) requires the resources.arsc of "
            "installed APKs to be stored uncompressed and aligned on a 4-byte boundary",
        )


def _check_native(archive: Archive, abis: Sequence[str]) -> None:
    there = {name.split("/")[1] for name in archive.entries if name.startswith("lib/") and name.endswith(".so")}
    if there and not there & set(abis):
        raise Refused("INSTALL_FAILED_NO_MATCHING_ABIS", "Failed to extract native libraries, res=-113")
