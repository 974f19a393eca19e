"""Fetching a version of analytics-next from the npm registry, with nothing but the standard library."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from testbed.errors import EnvironmentFault, UsageError
from testbed.segment.sdk import MAIN, PACKAGE, PINNED_VERSION, cache_folder

Progress = Callable[[str, int, int | None], None]
"""Called with what is being fetched, the bytes so far, and the bytes in all where that is known."""

PINNED_INTEGRITY = "sha512-5l7cPBzScxhfJ0zdcKQI4daDvMIWWUk7hClT1xGRelnHUltIEoQ9w8+ZpFPoWJMpX8D7IA1nVAfJbpiKi3XaKw=="
"""npm's own sha512 of the pinned version: a registry that serves something else is refused."""

MAX_TARBALL = 64 * 1024 * 1024
TIMEOUT_S = 60.0


def install(version: str, *, progress: Progress) -> Path:
    """Fetch `version`, check it against the registry's integrity hash, and put its browser build into the cache. Gives
    its folder; does nothing where it is there already. Raises UsageError for no such version, EnvironmentFault for no
    way to the registry or a wrong hash."""
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version):
        raise UsageError(f"{version!r} is no version", fix="for example: --sdk analytics-next@1.84.3")
    folder = cache_folder() / version
    if (folder / MAIN).is_file():
        return folder
    tarball, integrity = _release(version)
    data = b"".join(_download(tarball, f"analytics-next {version}", progress))
    _check(data, integrity, version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=folder.parent))
    try:
        for name, content in _browser_build(data):
            (fresh / name).write_bytes(content)
        fresh.rename(folder)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not (folder / MAIN).is_file():  # else somebody else was faster, with the same bytes
            raise
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
    try:
        found = json.loads(b"".join(_download(url, "", lambda *_: None)))
        return str(found["dist"]["tarball"]), str(found["dist"]["integrity"])
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise UsageError(f"the registry has no {PACKAGE} {version}") from error
        raise _unreachable(error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise EnvironmentFault(f"the registry's answer about {PACKAGE} makes no sense", fix="try again") from error


def _download(url: str, what: str, progress: Progress) -> Iterator[bytes]:
    if not url.startswith(("https://", "http://")):
        raise EnvironmentFault(f"the registry points to {url!r}")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            total = int(answer.headers["content-length"]) if answer.headers["content-length"] else None
            done = 0
            while part := answer.read(1 << 16):
                done += len(part)
                if done > MAX_TARBALL:
                    raise EnvironmentFault(f"{url} is larger than {MAX_TARBALL} bytes")
                progress(what, done, total)
                yield part
    except urllib.error.HTTPError:
        raise
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
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
        raise EnvironmentFault(f"{PACKAGE} {version} is not what it should be: {actual}", fix="try again later")


def _browser_build(tarball: bytes) -> Iterator[tuple[str, bytes]]:
    """package/dist/umd/*.js and the licence. Read member by member: nothing is extracted by its own name."""
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            wanted = path.parent == PurePosixPath("package/dist/umd") and path.suffix == ".js"
            if (
                member.isreg()
                and (wanted or member.name == "package/LICENSE")
                and (file := archive.extractfile(member))
            ):
                yield path.name, file.read()
