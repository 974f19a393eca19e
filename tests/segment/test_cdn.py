"""Segment's CDN: every URL that the web SDK asks for in production, and nothing else."""

from __future__ import annotations

import msgspec
import pytest

from testbed.http import header
from testbed.plugin.model import Plugin, Style
from testbed.segment import bundled
from testbed.segment.cdn import PLACEHOLDER
from testbed.segment.hosts import remote_path
from tests.devices.plugins import SOURCES, plugin_of
from tests.segment.mock import KEY, answered, cloud_of

CDN = "https://cdn.segment.com"
CLASSIC = f"{CDN}/next-integrations/integrations/acme/1.0.0"
FILES = {"dist/0.js": "beside", "dist/chunks/1.js": "below", "dist/a b.js": "escaped", "other/2.js": "elsewhere"}


def remote_folder(plugin: Plugin) -> str:
    return (CDN + remote_path(plugin, plugin.files["dist/acme.js"])).rpartition("/")[0]


@pytest.mark.parametrize(
    ("style", "url", "body"),
    [
        # the SDK, with the write key in place of what its build leaves for it
        ("classic", f"{CDN}/analytics.js/v1/{KEY}/analytics.min.js", f'k="{KEY}"'),
        ("remote", f"{CDN}/analytics.js/v1/{KEY}/analytics.min.js?x=1", f'k="{KEY}"'),
        # its chunks
        ("classic", f"{CDN}/analytics-next/bundles/407.bundle.abc.js", "chunk"),
        # a classic integration's neighbours in the zip
        ("classic", f"{CLASSIC}/0.js", "beside"),
        ("classic", f"{CLASSIC}/chunks/1.js", "below"),
        ("classic", f"{CLASSIC}/a%20b.js", "escaped"),
        # the neighbours of an actions destination
        ("remote", "FOLDER/0.js", "beside"),
        ("remote", "FOLDER/chunks/1.js", "below"),
    ],
)
def test_served(style: Style, url: str, body: str):
    plugin = plugin_of(style, files=FILES)
    response = answered(cloud_of(plugin=plugin), url.replace("FOLDER", remote_folder(plugin)))
    assert (response.status, response.body.decode()) == (200, body)
    assert header(response.headers, "access-control-allow-origin") == "*"
    assert "javascript" in (header(response.headers, "content-type") or "")


@pytest.mark.parametrize(
    ("style", "url"),
    [
        # another write key, other names, another folder
        ("classic", f"{CDN}/analytics.js/v1/other/analytics.min.js"),
        ("classic", f"{CDN}/analytics-next/bundles/none.js"),
        ("classic", f"{CDN}/analytics-next/bundles/deeper/407.bundle.abc.js"),
        ("classic", f"{CDN}/v1/projects/other/settings"),
        ("classic", f"{CDN}/"),
        ("classic", f"{CLASSIC}/2.js"),
        ("classic", f"{CLASSIC}/../other/2.js"),
        ("classic", f"{CLASSIC}/..%2Fother%2F2.js"),
        # another version or another integration
        ("classic", f"{CDN}/next-integrations/integrations/acme/latest/acme.dynamic.js.gz"),
        ("classic", f"{CDN}/next-integrations/integrations/beta/1.0.0/beta.dynamic.js.gz"),
        # a middleware of Segment's own, of which no plugin has the code
        ("classic", f"{CDN}/next-integrations/middleware/acme/latest/acme.js.gz"),
        # what the style does not put there
        ("remote", f"{CLASSIC}/acme.dynamic.js.gz"),
        ("remote", "FOLDER/none.js"),
        ("register", f"{CLASSIC}/acme.dynamic.js.gz"),
    ],
)
def test_missing(style: Style, url: str):
    plugin = plugin_of(style, files=FILES)
    response = answered(cloud_of(plugin=plugin), url.replace("FOLDER", remote_folder(plugin)))
    assert response.status == 404
    assert "testbed's mock of cdn.segment.com has no /" in msgspec.json.decode(response.body)["message"]
    assert header(response.headers, "cache-control") is None  # or the browser would not ask again


@pytest.mark.parametrize(
    ("name", "url_name", "global_name"),
    [
        ("Acme", "acme", "acme"),
        ("Acme.io", "acmeio", "acmeio"),
        ("Acme Two", "acme-two", "acme-two"),
        ("Café", "caf%C3%A9", "café"),
    ],
)
def test_a_classic_bundle_comes_with_what_the_sdk_insists_on(name: str, url_name: str, global_name: str):
    """`<slug>Deps` an array and `<slug>Loader` a function, on the first line, so that the bundle's own lines stay."""
    made = plugin_of()
    plugin = msgspec.structs.replace(made, manifest=msgspec.structs.replace(made.manifest, name=name))
    url = f"{CDN}/next-integrations/integrations/{url_name}/1.0.0/{url_name}.dynamic.js.gz"
    body = answered(cloud_of(plugin=plugin), url).body.decode()
    deps, loader = f'window["{global_name}Deps"]', f'window["{global_name}Loader"]'
    assert body == f"{deps}={deps}||[];{loader}={loader}||function(){{}};" + SOURCES["classic"]


def test_a_remote_bundle_is_served_as_it_is_at_a_url_of_its_content():
    plugin, changed = plugin_of("remote"), plugin_of("remote", "window.acmePlugin = 2")
    path = remote_path(plugin, plugin.files["dist/acme.js"])
    assert answered(cloud_of(plugin=plugin), CDN + path).body.decode() == SOURCES["remote"]
    assert answered(cloud_of(plugin=changed), CDN + path).status == 404


def test_the_pinned_sdk_asks_for_its_key_and_for_no_chunk_that_is_not_there():
    sdk = bundled()
    assert sdk.main.count(PLACEHOLDER) > 0
    chunks = [name for name in sdk.files if ".bundle." in name]
    assert len(chunks) >= 7
    # Each chunk's hash stands in the main file, which makes the URL from it (webpack's chunk map).
    assert [name for name in chunks if name.split(".")[-2].encode() not in sdk.main] == []
