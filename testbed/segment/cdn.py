"""Segment's CDN: the SDK with the write key in it, its chunks, and the plugin's bundle where the SDK looks for it."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath

from testbed.http import Response
from testbed.plugin.model import Plugin, Target
from testbed.segment.hosts import classic_path, remote_path
from testbed.segment.sdk import SdkFiles

PLACEHOLDER = b"__WRITE_KEY__"
"""What analytics-next's build leaves for the CDN to fill in (browser/standalone.ts, lib/embedded-write-key.ts)."""

HEADERS = (("access-control-allow-origin", "*"), ("cache-control", "public, max-age=120"))


def sdk_file(path: str, sdk: SdkFiles, write_key: str) -> Response | None:
    """/analytics.js/v1/KEY/analytics.min.js and /analytics-next/bundles/CHUNK."""
    if path == f"/analytics.js/v1/{write_key}/analytics.min.js":
        return _script(sdk.main.replace(PLACEHOLDER, write_key.encode()))
    if path.startswith("/analytics-next/bundles/"):
        found = sdk.files.get(path.rpartition("/")[2])
        return None if found is None else _script(found)
    return None


def plugin_file(path: str, plugin: Plugin, target: Target) -> Response | None:
    """The plugin's bundle, and beside it any file that lies beside the entry in the zip (chunks, workers, styles)."""
    if target.sdk != "web" or target.style == "register":
        return None
    bundle = plugin.files[target.entry]
    classic = target.style == "classic"
    url = classic_path(plugin) if classic else remote_path(plugin, bundle)
    if path == url:
        return _script(_shim(plugin.slug) + bundle if classic else bundle)
    folder, name = PurePosixPath(path).parent, PurePosixPath(path).name
    if folder != PurePosixPath(url).parent:
        return None
    beside = plugin.files.get(str(PurePosixPath(target.entry).parent / name))
    if beside is None:
        return None
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(headers=(("content-type", kind), *HEADERS), body=beside)


def _shim(slug: str) -> bytes:
    """What Segment's own build puts around a classic integration, and the SDK insists on: an array of dependencies and
    a loader to call (ajs-destination/loader.ts). On the bundle's first line, so that its line numbers stay true."""
    deps, loader = f'window["{slug}Deps"]', f'window["{slug}Loader"]'
    return f"{deps}={deps}||[];{loader}={loader}||function(){{}};".encode()


def _script(body: bytes) -> Response:
    return Response(headers=(("content-type", "application/javascript; charset=utf-8"), *HEADERS), body=body)
