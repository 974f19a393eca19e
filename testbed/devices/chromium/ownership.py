"""Whose code or resource is it: the plugin's, or somebody else's?"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from testbed.devices.api import App
from testbed.devices.chromium.site import ORIGIN, PLUGIN_PATH

CDN = "https://cdn.segment.com/next-integrations"

_URLS = re.compile(r"(?<!blob:)https?://[^\s)\"'<>]+")


class Ownership:
    """Knows the plugin under test by where the SDK loads it from (analytics-next: ajs-destination/loader for classic
    bundles, remotePlugins[].url for remote ones) and by the vendor hosts that its manifest declares."""

    def __init__(self, app: App) -> None:
        self._hosts = app.plugin.manifest.egress.hosts
        self._prefix = {
            "classic": f"{CDN}/integrations/{app.plugin.slug}/",
            "remote": f"{CDN}/actions/",
            "register": f"{ORIGIN}{PLUGIN_PATH}",
        }[app.target.style]

    def bundle(self, url: str) -> bool:
        """Is `url` the plugin's own bundle, or a file beside it?"""
        return url.startswith(self._prefix)

    def resource(self, url: str) -> bool:
        """Is `url` the plugin's bundle or anything on a host that it declares?"""
        host = (urlsplit(url).hostname or "") if "://" in url else ""
        return self.bundle(url) or any(fnmatchcase(host, glob.lower()) for glob in self._hosts)

    def threw(self, stack: str) -> bool:
        """Is it the plugin's exception? It is where nobody else stands on the stack either: code that a page makes up
        (a worker or a frame from a blob, a timer that is a text) carries no URL, and on the page under test
        nobody but the plugin makes up code."""
        return self.on_stack(stack) or not _URLS.search(stack)

    def on_stack(self, stack: str) -> bool:
        """Does the plugin, or a script that its vendor served, stand on a stack trace?"""
        return any(self.resource(url) for url in _URLS.findall(stack))
