"""Fetching a version of analytics-next from the npm registry, with nothing but the standard library."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import os
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from testbed.errors import EnvironmentFault, UsageError
from testbed.segment.sdk import MAIN, PACKAGE, PINNED_VERSION, cache_folder, checked_version

Progress = Callable[[str, int, int | None], None]
"""Called with what is being fetched, the bytes so far, and the bytes in all where that is known."""

PINNED_INTEGRITY = "sha512-5l7cPBzScxhfJ0zdcKQI4daDvMIWWUk7hClT1xGRelnHUltIEoQ9w8+ZpFPoWJMpX8D7IA1nVAfJbpiKi3XaKw=="
"""npm's own sha512 of the pinned version: a registry that serves something else is refused."""

MAX_TARBALL = 64 * 1024 * 1024
TIMEOUT_S = 60.0


def install(version: str, *, progress: Progress) -> Path:
    """Fetch `version`, check it against the registry's integrity hash, and put its browser build into the cache. Gives
    its folder; does nothing where it is there already. Raises UsageError for no such version, EnvironmentFault for no
    way to the registry, a wrong hash, a package without a browser build, or a cache that cannot be written."""
    folder = cache_folder() / checked_version(version)
    if (folder / MAIN).is_file():
        return folder
    tarball, integrity = _release(version)
    data = b"".join(_download(tarball, f"{PACKAGE} {version}", progress))
    _check(data, integrity, version)
    _store(_browser_build(data, version), folder)
    return folder


def registry() -> str:
    """The npm registry as npm itself would choose it: environment, then ~/.npmrc, then the public one."""
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        if found := os.environ.get(name):
            return found.rstrip("/")
    npmrc = Path.home() / ".npmrc"
    if npmrc.is_file():
        for line in npmrc.read_text(errors="replace").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "registry" and value.strip():
                return value.strip().rstrip("/")
    return "https://registry.npmjs.org"


def _release(version: str) -> tuple[str, str]:
    """The tarball's URL and its integrity string."""
    url = f"{registry()}/{PACKAGE.replace('/', '%2F')}/{version}"
    data = b"".join(_download(url, f"{PACKAGE} {version}", lambda *_: None))
    try:
        found = json.loads(data)
        return str(found["dist"]["tarball"]), str(found["dist"]["integrity"])
    except (ValueError, KeyError, TypeError) as error:
        raise EnvironmentFault(
            f"the registry's answer about {PACKAGE} {version} makes no sense",
            fix="check that NPM_CONFIG_REGISTRY, or registry in ~/.npmrc, is an npm registry",
        ) from error


def _download(url: str, what: str, progress: Progress) -> Iterator[bytes]:
    if not url.startswith(("https://", "http://")):
        raise EnvironmentFault(f"the registry points to {url!r}", fix="check NPM_CONFIG_REGISTRY")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            total = int(answer.headers["content-length"]) if answer.headers["content-length"] else None
            done = 0
            while part := answer.read(1 << 16):
                done += len(part)
                if done > MAX_TARBALL:
                    raise EnvironmentFault(f"{url} has more than {MAX_TARBALL} bytes", fix="check NPM_CONFIG_REGISTRY")
                progress(what, done, total)
                yield part
    except urllib.error.HTTPError as error:
        if error.code == 404:
            fix = f"`npm view {PACKAGE} versions` lists what there is"
            raise UsageError(f"the registry has no {what}", fix=fix) from error
        raise _unreachable(error) from error
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> EnvironmentFault:
    return EnvironmentFault(
        f"the npm registry cannot be reached: {error}", fix="check the network, or NPM_CONFIG_REGISTRY"
    )


def _check(data: bytes, integrity: str, version: str) -> None:
    """Subresource integrity as npm writes it: `sha512-BASE64`."""
    actual = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    expected = PINNED_INTEGRITY if version == PINNED_VERSION else integrity
    if actual != expected:
        raise EnvironmentFault(
            f"{PACKAGE} {version} is damaged, or not what it should be: its hash is {actual}, and must be {expected}",
            fix="try again; if it stays so, ask who runs the registry",
        )


def _browser_build(tarball: bytes, version: str) -> dict[str, bytes]:
    """package/dist/umd/*.js and the licence. Read member by member: nothing is extracted by its own name."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                script = path.parent == PurePosixPath("package/dist/umd") and path.suffix == ".js"
                licence = path.parent == PurePosixPath("package") and path.stem == "LICENSE"
                if member.isreg() and (script or licence) and (file := archive.extractfile(member)):
                    found[path.name] = file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise EnvironmentFault(f"{PACKAGE} {version} is no npm package: {error}", fix="try another version") from error
    if MAIN not in found:
        raise EnvironmentFault(f"{PACKAGE} {version} has no browser build", fix="try a later version")
    return found


def _store(files: Mapping[str, bytes], folder: Path) -> None:
    """Write all of it, or nothing: the folder appears when it is complete."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise EnvironmentFault(
            f"cannot write to {folder.parent}: {error.strerror}", fix="set XDG_CACHE_HOME"
        ) from error
    try:
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        fresh.rename(folder)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if not (folder / MAIN).is_file():  # else somebody else was faster, with the same bytes
            raise EnvironmentFault(f"cannot write {folder}: {error.strerror}", fix=f"remove {folder}") from error
