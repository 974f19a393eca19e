"""Segment's CDN: the SDK with the write key in it, its chunks, and the plugin's bundle where the SDK looks for it."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from urllib.parse import unquote

from testbed.http import Headers, Response
from testbed.plugin.model import Plugin, Target
from testbed.segment.hosts import classic_path, remote_path
from testbed.segment.sdk import SdkFiles

PLACEHOLDER = b"__WRITE_KEY__"
"""What analytics-next's build leaves for the CDN to fill in (browser/standalone.ts, lib/embedded-write-key.ts)."""

SDK_CHUNKS = "/analytics-next/bundles/"

CORS: Headers = (("access-control-allow-origin", "*"),)
CACHED: Headers = (*CORS, ("cache-control", "public, max-age=120"))
"""Of what was found. A failure must not outlive itself in the browser's cache."""


def sdk_path(write_key: str) -> str:
    return f"/analytics.js/v1/{write_key}/analytics.min.js"


def sdk_file(path: str, sdk: SdkFiles, write_key: str) -> Response | None:
    """/analytics.js/v1/KEY/analytics.min.js and /analytics-next/bundles/CHUNK."""
    if path == sdk_path(write_key):
        return _script(sdk.main.replace(PLACEHOLDER, write_key.encode()))
    if path.startswith(SDK_CHUNKS):
        found = sdk.files.get(path.removeprefix(SDK_CHUNKS))
        return None if found is None else _script(found)
    return None


def plugin_file(path: str, plugin: Plugin, target: Target) -> Response | None:
    """The plugin's bundle, and what lies beside or below the entry in the zip (chunks, workers, styles) at the same
    place beside or below the bundle. `path` as it was sent: names may hold what a URL has to escape."""
    if target.sdk != "web" or target.style == "register":
        return None
    wanted = PurePosixPath(unquote(path))
    bundle = plugin.files[target.entry]
    classic = target.style == "classic"
    url = PurePosixPath(classic_path(plugin) if classic else remote_path(plugin, bundle))
    if wanted == url:
        return _script(_shim(plugin.slug) + bundle if classic else bundle)
    if not wanted.is_relative_to(url.parent):
        return None
    beside = plugin.files.get(str(PurePosixPath(target.entry).parent / wanted.relative_to(url.parent)))
    if beside is None:
        return None
    kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
    return Response(headers=(("content-type", kind), *CACHED), body=beside)


def _shim(slug: str) -> bytes:
    """What Segment's own build puts around a classic integration, and the SDK insists on: an array of dependencies and
    a loader to call (ajs-destination/loader.ts). On the bundle's first line, so that its line numbers stay true."""
    deps, loader = f'window["{slug}Deps"]', f'window["{slug}Loader"]'
    return f"{deps}={deps}||[];{loader}={loader}||function(){{}};".encode()


def _script(body: bytes) -> Response:
    return Response(headers=(("content-type", "application/javascript; charset=utf-8"), *CACHED), body=body)
