"""Fifty secrets, and a plugin that shows them in every way it can: not one is in what testbed prints, writes or keeps.

With --unsafe-raw the same search finds all fifty: what it does not find is not there.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import os
import re
import secrets
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import brotli
import pytest

pytestmark = pytest.mark.browser

KINDS = {"setting": 15, "trait": 10, "cookie": 10, "header": 10, "named": 5}

MANIFEST = """
name = "Leaky"
version = "1"
secret_settings = [{names}]
[settings]
{settings}
[egress]
hosts = ["api.leaky.example"]
[[stub]]
host = "api.leaky.example"
path = "/session"
json = {{}}
[stub.headers]
{stub_headers}
[targets.web]
sdk = "web"
style = "remote"
entry = "leaky.js"
library = "leaky"
subscriptions = [{{ partner_action = "identify", subscribe = 'type = "identify"' }}]
[[lens]]
vendor = "leaky"
host = "api.leaky.example"
path = "/v1"
kind = "type"
name = "event"
user = "userId"
properties = ["traits"]
"""

PLUGIN = """
window.leaky = function (settings) {
  var api = "https://api.leaky.example";
  var mine = /*MINE*/;
  async function packed(text, format) {
    var stream = new Blob([text]).stream().pipeThrough(new CompressionStream(format));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  function b64(bytes) { return btoa(String.fromCharCode.apply(null, bytes)); }
  function utf8(text) { return new TextEncoder().encode(text); }
  function post(path, body, headers) {
    return fetch(api + path, {method: "POST", body: body, headers: headers || {}, credentials: "include"});
  }
  async function named(values) {
    await post("/named?n=1&password=" + encodeURIComponent(values[0]), "");
    await post("/named", new URLSearchParams({a: 1, client_secret: values[1]}));
    await post("/named", JSON.stringify({a: {accessToken: values[2]}}));
    await post("/named", await packed(JSON.stringify({refresh_token: values[3]}), "gzip"));
    await post("/named", new URLSearchParams({data: b64(utf8(JSON.stringify({"x-api-key": values[4]})))}));
  }
  async function headers(values) {
    var names = ["X-Api-Key", "X-Auth-Token", "X-Client-Secret", "X-Access-Token", "Api-Key", "X-Session-Token",
      "X-Acme-Secret-Key", "X-Refresh-Token"];
    for (var n = 0; n < names.length; n++) await post("/headers", "", {[names[n]]: encodeURIComponent(values[n])});
    await post("/headers", "", {Authorization: "Bearer " + encodeURIComponent(values[8])});
    await post("/headers", "", {Authorization: "Basic " + b64(utf8("me:" + values[9]))});
  }
  async function show(name, value) {
    var said = JSON.stringify({event: "Shown", nothing: "u", value: value});
    await post("/plain", said);
    await post("/plain", JSON.stringify({json: JSON.stringify({json: said})}));
    await post("/plain?q=" + encodeURIComponent(value) + "&r=" + encodeURIComponent(encodeURIComponent(said)), value);
    await post("/form", new URLSearchParams({said: said, data: b64(utf8(said))}));
    await post("/base64", b64(utf8(said)));
    await post("/base64", "u" + b64(utf8("uu" + value + ":x")).replace(/[+]/g, "-").replace(/[/]/g, "_"));
    await post("/base64", b64(utf8(b64(utf8(said)))));
    for (var format of ["gzip", "deflate", "deflate-raw"]) {
      var bytes = await packed(said, format);
      await post("/packed", bytes, format == "deflate-raw" ? {} : {"content-encoding": format});
      await post("/packed", bytes);
      await post("/packed", JSON.stringify({data: b64(bytes)}));
    }
    await post("/packed", new URLSearchParams({data: b64(await packed(said, "gzip"))}));
    await post("/packed", await packed(b64(utf8(said)), "gzip"));
    await post("/packed", await packed(await packed(said, "gzip"), "gzip"));
    var form = new FormData();
    form.append("file", new Blob([await packed(said, "gzip")]));
    await post("/parts", form);
    await post("/packed", (await packed(said + said + Math.random(), "gzip")).slice(0, -5));
    fetch("https://elsewhere.example/?leak=" + encodeURIComponent(value)).catch(function () {});
    console.log("said " + value, {value: value, said: [value]});
    console.error(new Error(said));
    setTimeout(function () { throw new Error("thrown " + value); });
    localStorage.setItem(name, said);
    sessionStorage.setItem(name, value);
    window["leak_" + name] = {said: value};
    document.title = document.title + " " + value;
    document.documentElement.setAttribute("data-" + name, value);
  }
  async function all(event) {
    await post("/session", "");
    await post("/session", "");
    mine.cookies.forEach(function (value, n) { document.cookie = "mine" + n + "=" + encodeURIComponent(value); });
    await fetch("/cookies");
    await headers(mine.headers);
    await named(mine.named);
    await post("/v1", JSON.stringify({type: "identify", userId: event.userId, traits: event.traits}));
    for (var [name, value] of Object.entries(settings)) if (/^setting/.test(name)) await show(name, String(value));
    for (var [name, value] of Object.entries(event.traits)) await show(name, value);
    for (var kind of ["cookies", "theirs", "headers", "named"])
      for (var n in mine[kind]) await show(kind + n, mine[kind][n]);
  }
  return {
    name: "Leaky", type: "destination", version: "1", isLoaded: function () { return true; },
    load: function () { return Promise.resolve(); },
    identify: function (ctx) { all(ctx.event).finally(function () { console.log("all was shown"); }); return ctx; }
  };
};
"""

SCENARIO = """
name: leaks
timeout_s: 120
tolerate: [undeclared-host, plugin-throws]
steps:
  - identify: {{userId: u1, traits: {{{traits}}}}}
  - wait: {{log: all was shown, within_s: 100}}
  - evaluate: "(() => {{ throw new Error(document.title) }})()"
  - evaluate: "(() => {{ throw new Error(document.cookie) }})()"
expect:
  vendor:
    - identify: {{user: u1, traits: {{{others}}}}}
    - identify: {{user: u2, traits: {{{traits}}}}}
  requests:
    - {{path: /plain, json: {{value: nothing}}}}
    - {{path: /headers, headers: {{x-api-key: nothing}}}}
    - {{path: /session, headers: {{cookie: nothing}}}}
  device:
    - {{element: title, value: nothing}}
    - {{element: html, attributes: {{data-trait00: nothing}}}}
    - {{log: nothing of that}}
{device}
"""


class Canaries:
    """The fifty. `cores` are what must not be found: letters and digits, which no escaping changes."""

    def __init__(self) -> None:
        self.cores = [f"CNRY{n:02}{secrets.token_hex(6)}" for n in range(sum(KINDS.values()))]
        cores = iter(self.cores)
        tails = ["", "/+=", ' "quoted"', "-_.~", "\\&<é>", "é€\U0001f511", "%20%", "'`{}"]
        self.of = {
            kind: [f"{next(cores)}{tails[n % len(tails)]}" for n in range(count)] for kind, count in KINDS.items()
        }

    def write(self, folder: Path) -> Path:
        """A plugin that has them."""
        settings = {f"setting{n:02}": value for n, value in enumerate(self.of["setting"])}
        traits = {f"trait{n:02}": value for n, value in enumerate(self.of["trait"])}
        mine, theirs = self.of["cookie"][:5], self.of["cookie"][5:]
        safe = [re.sub("[^A-Za-z0-9]", "", value) for value in theirs]
        cookies = {"set-cookie": f"theirs={safe[0]}; Path=/; SameSite=None; Secure; HttpOnly"}
        (folder / "scenarios").mkdir(parents=True)
        (folder / "plugin.toml").write_text(
            MANIFEST.format(
                names=", ".join(json.dumps(name) for name in settings),
                settings="\n".join(f"{name} = {_quoted(value)}" for name, value in settings.items()),
                stub_headers="\n".join(f"{name} = {_quoted(value)}" for name, value in cookies.items()),
            )
        )
        own = {
            "cookies": [*mine, *safe[1:]],
            "theirs": safe[:1],
            "headers": self.of["header"],
            "named": self.of["named"],
        }
        (folder / "leaky.js").write_text(PLUGIN.replace("/*MINE*/", json.dumps(own)))
        names = [*settings, *traits, *(f"{kind}{n}" for kind, values in own.items() for n in range(len(values)))]
        device = [
            f"    - {{{what}: {prefix}{name}, value: nothing}}"
            for name in names
            for what, prefix in (("storage", ""), ("global", "leak_"))
        ]
        device += [f"    - {{cookie: mine{n}, value: nothing}}" for n in range(len(own["cookies"]))]
        (folder / "scenarios" / "leaks.yaml").write_text(
            SCENARIO.format(
                traits=", ".join(f"{name}: {{$secret: {_quoted(value)}}}" for name, value in traits.items()),
                others=", ".join(f"{name}: nothing" for name in traits),
                device="\n".join(device),
            )
        )
        return folder


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


# Looking for them: nothing of testbed's own is used for it.


def found(cores: list[str], data: bytes) -> set[str]:
    """The cores that are in `data`, or in what it can be unpacked to."""
    seen: set[str] = set()
    for view in views(data, 0):
        seen |= {core for core in cores if core in view}
    return seen


def views(data: bytes, depth: int) -> Iterator[str]:
    text = data.decode("latin-1")
    yield text
    if depth == 5:
        return
    for inner in unpacked(data):
        yield from views(inner, depth + 1)
    for value in parsed(text):
        yield from views(value.encode("utf-8", "surrogatepass"), depth + 1)
    if "%" in text and (plain := unquote(text, "latin-1")) != text:
        yield from views(plain.encode("latin-1"), depth + 1)
    for run in re.findall(r"[A-Za-z0-9+/_-]{16,}", text):
        for skip in range(4):
            letters = run[skip:].replace("-", "+").replace("_", "/")
            with suppress(binascii.Error):
                raw = base64.b64decode(letters[: len(letters) // 4 * 4])
                if b"CNRY" in raw or any(True for _ in unpacked(raw)) or raw.isascii():
                    yield from views(raw, depth + 1)


def unpacked(data: bytes) -> Iterator[bytes]:
    """What can be unpacked, be it in part, wherever gzip begins."""
    for start in [match.start() for match in re.finditer(rb"\x1f\x8b\x08", data)]:
        with suppress(zlib.error):
            yield zlib.decompressobj(31).decompress(data[start:])
    if not data.isascii():
        for window in (15, -15):
            with suppress(zlib.error):
                if inner := zlib.decompress(data, window):
                    yield inner
        with suppress(brotli.error):
            if inner := brotli.decompress(data):
                yield inner


def parsed(text: str) -> Iterator[str]:
    """Every string in what is JSON: the whole, or each of its lines."""
    for part in [text, *(text.split("\n") if text.startswith("{") else [])]:
        if part[:1] in ("{", "["):
            with suppress(ValueError, RecursionError):
                yield from _strings(json.loads(part))
                return


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield key
                yield from _strings(item)
        case list():
            for item in value:
                yield from _strings(item)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    folders = {"TESTBED_RUNTIME_DIR": tmp_path / "run", "XDG_STATE_HOME": tmp_path / "state"}
    return {**os.environ, "NO_COLOR": "1", **{name: str(path) for name, path in folders.items()}}


def cli(env: dict[str, str], *args: str, code: int = 0) -> list[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "testbed", *args], env=env, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == code, (done.stdout + done.stderr)[-4000:].decode()
    return [done.stdout, done.stderr]


@pytest.mark.parametrize("how", [[], ["--unsafe-raw"]])
def test_no_canary_is_in_any_artefact(tmp_path: Path, env: dict[str, str], how: list[str]):
    canaries = Canaries()
    plugin = str(canaries.write(tmp_path / "plugin"))
    said = cli(env, "up")
    try:
        terminal, complaints = cli(env, "run", plugin, "--output", str(tmp_path / "out"), *how, code=1)
        said += [terminal, complaints]
        kept = [path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()]
        if not how:
            said += cli(env, "run", plugin, "--json", "--last-failed", code=1)
    finally:
        said += cli(env, "down")
    files = {
        p.name: p.read_bytes() for name in ("run", "state", "out") for p in (tmp_path / name).rglob("*") if p.is_file()
    }
    assert {"fleet.log", "report.ndjson", "junit.xml", "traffic.har"} <= set(files)
    assert len(files) == 5, "and what --last-failed remembers"
    there = {core for artefact in (*said, *kept, *files.values()) for core in found(canaries.cores, artefact)}
    assert sorted(there) == (sorted(canaries.cores) if how else [])

    mode = "raw" if how else "tokens"
    assert json.loads(files["report.ndjson"].partition(b"\n")[0])["redaction"] == mode
    assert json.loads(files["traffic.har"])["log"]["_testbed"]["redaction"] == mode
    assert f'<property name="redaction" value="{mode}"' in files["junit.xml"].decode()
    assert (b"secrets are shown as they are: --unsafe-raw" if how else b"stands for a secret; --unsafe-raw") in terminal
    if not how:
        _same_everywhere(files["report.ndjson"])


def _same_everywhere(stream: bytes) -> None:
    """Each secret has one token, wherever and however it was shown."""
    tokens = {
        token
        for view in views(stream, 0)
        for token in re.findall(r"<secret:(setting\d+|trait\d+):([0-9a-f]{6})>", view)
    }
    assert sorted(name for name, _ in tokens) == [
        *(f"setting{n:02}" for n in range(15)),
        *(f"trait{n:02}" for n in range(10)),
    ]


def test_the_search_finds_what_is_hidden_in_each_way():
    core = "CNRY00abcdef"
    said = json.dumps({"value": core}).encode()
    packed = [gzip.compress(said), zlib.compress(said), zlib.compress(said)[2:-4], brotli.compress(said), said]
    for data in packed:
        assert found([core], data)
        assert found([core], base64.b64encode(data))
        assert found([core], b"v1/" + base64.urlsafe_b64encode(data))
        assert found([core], json.dumps({"a": [base64.b64encode(data).decode()]}).encode())
        assert found([core], gzip.compress(gzip.compress(data))[:-4])
    assert not found([core], said.replace(b"0", b"1"))
