"""The customer's site: the pages that carry Segment's snippet and the plugin, all on one origin."""

from __future__ import annotations

import html
import mimetypes
import posixpath
from urllib.parse import unquote

import msgspec

from testbed.devices.api import App
from testbed.devices.chromium.assets import asset
from testbed.http import Request, Response, header

HOST = "www.shop.example"
ORIGIN = f"https://{HOST}"
PLUGIN_PATH = "/plugin/"
"""Where a `register` bundle and the files beside it are served: it is part of the customer's own site."""

FAREWELL_PATH = "/testbed/farewell"
"""Asked for after a page was left, to know that all it sent before is on its way. Answered with nothing."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Shop</title>
</head>
<body>
<nav><a id="home" href="/">Home</a> <a id="cart" href="/cart">Cart</a></nav>
<main id="main"><h1>Shop</h1><button id="buy" type="button">Buy</button></main>
</body>
</html>
"""


class Site:
    """Answers the requests to the customer's site while `app` runs. `consent` may change between loads."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.consent = app.consent

    def url(self, where: str) -> str:
        """The URL of a path of the site; a URL stays what it is."""
        return where if "://" in where else f"{ORIGIN}/{where.removeprefix('/')}"

    def answer(self, request: Request) -> Response | None:
        """The page for a document request of any path, a file of the plugin's, or 404. None: not this site."""
        if request.host != HOST:
            return None
        if request.route == FAREWELL_PATH:
            return Response.text("")
        if request.method not in {"GET", "HEAD"}:
            return Response(status=204)
        if (body := self._file(unquote(request.route))) is not None:
            kind = mimetypes.guess_type(request.route)[0] or "application/octet-stream"
            return Response(headers=(("content-type", kind), ("cache-control", "no-store")), body=body)
        if header(request.headers, "sec-fetch-dest") in {"document", "iframe", None}:
            return Response.text(
                self.page(), content_type="text/html; charset=utf-8", headers=[("cache-control", "no-store")]
            )
        return Response.text(f"the plugin has no file for {request.route}", status=404)

    def page(self) -> str:
        """The page, with Segment's part first in its head, where Segment asks its customers to put it."""
        page = PAGE
        if self.app.target.page is not None:
            page = self.app.plugin.files[self.app.target.page].decode(errors="replace")
        start = page.lower().find("<head")
        end = page.find(">", start) + 1 if start >= 0 else 0
        if start < 0 and page.lower().lstrip().startswith("<!doctype"):
            end = page.find(">") + 1
        return page[:end] + self._scripts() + page[end:]

    def _scripts(self) -> str:
        target = self.app.target
        scripts = []
        if target.style == "register":
            source = PLUGIN_PATH + posixpath.basename(target.entry)
            scripts.append(f'<script src="{html.escape(source)}"></script>')
        scripts.append(f"<script>{asset('snippet.js').replace('__WRITE_KEY__', self.app.write_key)}</script>")
        if self.consent is not None:
            scripts.append(f"<script>{asset('consent.js')}</script>")
        scripts.append(f"<script>__testbed.load({in_script(self._options())})</script>")
        return "\n".join(["", *scripts])

    def _options(self) -> dict[str, object]:
        app = self.app
        return {
            "writeKey": app.write_key,
            "integrations": app.integrations,
            "consent": self.consent,
            "plugin": {
                "name": app.plugin.name,
                "slug": app.plugin.slug,
                "style": app.target.style,
                "library": app.target.library,
            },
        }

    def _file(self, path: str) -> bytes | None:
        """A file of the plugin: beside the registered bundle under /plugin/, or beside the plugin's page (a service
        worker of the vendor's has to come from the customer's own origin)."""
        files, target = self.app.plugin.files, self.app.target
        if path.startswith(PLUGIN_PATH):
            folder, name = posixpath.dirname(target.entry), path.removeprefix(PLUGIN_PATH)
        elif target.page is not None:
            folder, name = posixpath.dirname(target.page), path.removeprefix("/")
        else:
            return None
        file = posixpath.join(folder, name)
        return None if file == target.page else files.get(file)


def in_script(value: object) -> str:
    """`value` as JSON that cannot end the script element that it stands in."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")
