"""A secret is found however it is written and however deep it is packed, and its token stays where it was."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import zlib
from collections.abc import Callable
from itertools import product
from urllib.parse import quote, quote_plus

import brotli
import pytest

from testbed.redaction.content import Content, Withheld
from testbed.redaction.credentials import Credentials
from testbed.redaction.vault import Vault

KEY = 'k€y/+"1 s3cret\\\U0001f511\n'
PLAIN = "sk_live_51Hq9XyZ"


def knowing(*values: str | int | float, public: tuple[str, ...] = ()) -> Content:
    vault = Vault()
    for value in values:
        vault.declare("apiKey", value)
    return Content(vault, Credentials((), public))


CONTENT = knowing(KEY, PLAIN)
TOKEN = re.compile(r"<secret:apiKey:[0-9a-f]{6}>")


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


def shifted(offset: int) -> Callable[[str], str]:
    return lambda text: base64.b64encode(b"u" * offset + text.encode() + b":x").decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text))[1:-1],
    "JSON in JSON in JSON": lambda text: json.dumps(json.dumps(json.dumps(text)))[1:-1],
    "URL": lambda text: quote(text, safe=""),
    "URL in small letters": lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")),
    "URL in URL": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON in URL": lambda text: quote(json.dumps(text), safe=""),
    "JSON in JSON in URL": lambda text: quote(json.dumps(json.dumps(text)), safe=""),
    "URL in JSON": lambda text: json.dumps(quote(text))[1:-1],
    "path": quote,
    "form": quote_plus,
    "HTML": html.escape,
}


@pytest.mark.parametrize("text", [KEY, PLAIN])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings(spelling: str, text: str):
    written = f"<{SPELLINGS[spelling](text)}>"
    marks = re.compile(r'[\\"]|%(25)*(22|5C)')  # the quotes of a JSON string, in whatever it stands
    assert marks.sub("", TOKEN.sub("T", CONTENT.text(written))) == "<T>"
    assert marks.sub("", TOKEN.sub("T", CONTENT.body(written.encode()).decode())) == "<T>"


B64: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64 for URLs": base64.urlsafe_b64encode,
    "base64 without padding": lambda data: base64.b64encode(data).rstrip(b"="),
    "base64 in a URL": lambda data: quote(base64.b64encode(data), safe="").encode(),
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    **B64,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate": raw_deflate,
    "brotli": brotli.compress,
}
UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64decode,
    "base64 for URLs": base64.urlsafe_b64decode,
    "base64 without padding": lambda data: base64.b64decode(data + b"=" * (-len(data) % 4)),
    "base64 in a URL": lambda data: base64.b64decode(
        data.replace(b"%2F", b"/").replace(b"%2B", b"+").replace(b"%3D", b"=")
    ),
    "gzip": gzip.decompress,
    "zlib": zlib.decompress,
    "deflate": lambda data: zlib.decompress(data, -15),
    "brotli": brotli.decompress,
}


@pytest.mark.parametrize(("outer", "inner"), [*product(PACKED, PACKED), *((name, "") for name in PACKED)])
@pytest.mark.parametrize("text", [KEY, PLAIN])
def test_packed_and_packed_again_as_it_was(outer: str, inner: str, text: str):
    said = json.dumps({"event": "Signed Up", "key": text}).encode()
    data = PACKED[outer](PACKED[inner](said) if inner else said)
    shown = UNPACKED[outer](CONTENT.body(data))
    shown = UNPACKED[inner](shown) if inner else shown
    found = json.loads(shown)
    assert TOKEN.fullmatch(found.pop("key"))
    assert found == {"event": "Signed Up"}


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize("before", ["", "v", "v1", "v1/", "v1/track"])
def test_base64_at_any_offset_after_letters_of_its_own(offset: int, before: str):
    shown = CONTENT.text(f"/{before}{shifted(offset)(KEY)}")
    encoded = shown.removeprefix(f"/{before}").rstrip("=")
    readings = [encoded, base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode("latin-1")]
    assert any(map(TOKEN.search, readings))


def test_the_same_secret_has_the_same_token_wherever_it_is():
    shown = CONTENT.text(f'{PLAIN} "{PLAIN}" ?k={PLAIN}') + CONTENT.body(PLAIN.encode()).decode()
    assert len(TOKEN.findall(shown)) == 4
    assert len(set(TOKEN.findall(shown))) == 1
    assert CONTENT.text(PLAIN) != CONTENT.text(KEY)
    assert CONTENT.text(PLAIN) != knowing(PLAIN).text(PLAIN), "another run has another key"


def test_a_longer_secret_is_not_broken_by_one_within_it():
    shown = knowing("abcdef", "abcdefgh").text("abcdefgh abcdef")
    assert len(set(TOKEN.findall(shown))) == 2
    assert TOKEN.sub("T", shown) == "T T"


def test_a_secret_that_tokens_are_made_of():
    assert TOKEN.sub("T", knowing("secret", "apiKey").text("a secret and its apiKey")) == "a T and its T"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"pin":12345678}', '{"pin":N}'),
        ("12345678 and 912345678 and 123456789", "N and 912345678 and 123456789"),
        ("/x?pin=12345678&q=1", "/x?pin=N&q=1"),
    ],
)
def test_a_number_stays_one(text: str, shown: str):
    assert re.sub(r"\b999\d{9}\b", "N", knowing(12345678).text(text)) == shown


@pytest.mark.parametrize("cut", ["is “sk_live_51…", "is sk_liv…", "…Hq9XyZ and", "a sk_li…9XyZ b"])
def test_a_secret_that_was_cut_in_two(cut: str):
    shown = CONTENT.text(cut)
    assert "sk_li" not in shown
    assert "9XyZ" not in shown
    assert "<secret:apiKey:" in shown


# What nobody declared.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # in a query, a form, JSON, JSON in JSON; at any depth of a value
        ("/x?access_token=abc123&a=1", "/x?access_token=*&a=1"),
        ("/x?next=https://a.example/?password=abc123&a=1", "/x?next=https://a.example/?password=*&a=1"),
        ('{"client_secret": "abc123", "a": 1}', '{"client_secret": "*", "a": 1}'),
        ('{"a":{"refreshToken":"abc123"}}', '{"a":{"refreshToken":"*"}}'),
        (r'{"a":"{\"password\":\"abc\",\"b\":1}"}', r'{"a":"{\"password\":\"*\",\"b\":1}"}'),
        ('{"password":"a\\"b","c":"d"}', '{"password":"*","c":"d"}'),
        # as a console shows an object
        ("{user: u1, password: hunter2, n: 1}", "{user: u1, password: *, n: 1}"),
        # a JWT, by its looks
        (f"x {(jwt := 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl')} y", "x * y"),
        # no credentials
        ('{"tokens":5,"token_count":"many","passwordless":"yes"}', None),
        ('{"token":null,"secret":true,"password":""}', None),
        ("SyntaxError: Unexpected token: x", None),
        ("https://a.example/?key=abc123&tokenId=5", None),
        ("eyJust.eyJoking.around", None),
        # stated by the plugin in the open
        ('{"token":"public-token"}', None),
        ("/track?api_key=public-token", None),
        ("/track?api_key=public%2Dtoken", None),
    ],
)
def test_credentials_by_name_and_by_looks(text: str, shown: str | None):
    content = knowing(public=("public-token",))
    assert re.sub("<secret:[^>]*>", "*", content.text(text)) == (shown or text)


@pytest.mark.parametrize("pack", [lambda text: text, *PACKED.values()])
def test_what_was_learnt_in_one_place_is_hidden_in_others(pack: Callable[[bytes], bytes]):
    content = knowing()
    content.learn(pack(b'{"access_token":"at/4f5g 6h"}'))
    shown = content.text("Error: at/4f5g 6h expired; at%2F4f5g%206h")
    assert re.sub("<secret:access_token:[0-9a-f]{6}>", "T", shown) == "Error: T expired; T"


def test_names_in_a_program_are_no_credentials():
    program = b'e.token="abc";x&&token=e.value;var o={"password":"off"}'
    assert CONTENT.body(program, guess=False) == program
    assert CONTENT.body(program) != program


# What cannot be looked into.


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (gzip.compress(b"x" * 100)[:-9], "gzip that cannot be unpacked: cut short"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip that cannot be unpacked"),
        (zlib.compress(PLAIN.encode() * 9)[:-9], "zlib that cannot be unpacked"),
        (b"a=" + base64.b64encode(gzip.compress(b"x" * 100)[:-9]), "gzip that cannot be unpacked"),
        (b"--x\r\n\r\n" + gzip.compress(PLAIN.encode()) + b"\r\n--x--", "gzip within other data"),
        (gzip.compress(gzip.compress(bytes(48 << 20))), ""),
    ],
)
def test_withheld(data: bytes, why: str):
    if not why:
        assert CONTENT.body(data) == data
        return
    with pytest.raises(Withheld, match=why):
        CONTENT.body(data)


def test_a_bomb_is_withheld(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("testbed.redaction.content.MAX_CONTENT", 1 << 20)
    with pytest.raises(Withheld, match="more than 1 MiB"):
        CONTENT.body(gzip.compress(bytes(2 << 20)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe\x80",
        b"GIF89a\xff\x00",
        bytes(range(256)) * 4,
        gzip.compress(b"nothing of it"),
        b"a" * 10_000,
    ],
)
def test_what_holds_nothing_is_the_same(data: bytes):
    assert CONTENT.body(data) is data
