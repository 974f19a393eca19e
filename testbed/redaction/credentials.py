"""What is known for a credential by its name, or by its looks, though nobody declared it.

Vendors call their public project key what others call a secret (`token`, `api_key`). What the plugin itself states in
the open (its settings but for the secret ones, its scenarios' literals) is therefore no credential, whatever its name.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection
from functools import cache
from urllib.parse import unquote

import msgspec

from testbed.redaction.tokens import Scalar

HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Headers that carry credentials; those whose name ends as that of a credential does (`x-api-key`) are others."""

NAMES = frozenset(
    {"authorization", "apikey", "credential", "credentials", "jwt", "passphrase", "passwd", "password", "pwd"}
    | {"secret", "token", "accesstoken", "authtoken", "secretkey", "sessiontoken"}
)
"""The last word of such a name: `client_secret`, `accessToken`."""

KEYS = frozenset({"access", "api", "auth", "license", "private", "secret", "signing", "write"})
"""`key` as the last word, where one of these is before it."""

_NO_CREDENTIAL = ("access-control-", "sec-")
_NO_VALUE = frozenset({"", "null", "undefined", "true", "false", "none"})

_KEY = r"(?P<key>[A-Za-z0-9_.$\[\]-]{1,64})"
_JSON_KEY = re.compile(rf'(?P<quote>\\*"){_KEY}(?P=quote)\s*:\s*')
"""JSON may stand in the text of other JSON: then its quotes have backslashes."""
_NUMBER = re.compile(r"(?P<value>-?\d+(?:\.\d+)?)(?![\w.])")
_FORM_KEY = re.compile(rf"(?<![A-Za-z0-9_.$\[\]-]){_KEY}=")
_FORM_VALUE = re.compile(r"(?P<value>[^&;#\s\"'<>,(){}\\]+)")
_PREVIEW_KEY = re.compile(rf"(?<=[{{,])\s*{_KEY}: ")
"""How a browser's console writes an object."""
_PREVIEW_VALUE = re.compile(r"(?P<value>[^,{}\s\"'][^,{}]*)")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
"""RFC 7519: header and claims are JSON objects, so both begin with `eyJ`."""


class Credentials:
    """`named` are the names that the plugin itself declares secret, `public` what it states in the open."""

    def __init__(self, named: Collection[str], public: Collection[str]) -> None:
        self._named = {name.lower() for name in named}
        self._public = frozenset(public) | _NO_VALUE

    def is_name(self, name: str) -> bool:
        """Whether a key, a field or a header of this name holds a credential."""
        if name.lower() in self._named:
            return True
        words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
        return bool(words) and (words[-1] in NAMES or (words[-1] == "key" and bool(KEYS & set(words[-2:-1]))))

    def is_header(self, name: str) -> bool:
        lower = name.lower()
        return lower in HEADERS or (self.is_name(lower) and not lower.startswith(_NO_CREDENTIAL))

    def is_public(self, value: object) -> bool:
        text = str(value).strip()
        return text in self._public or unquote(text) in self._public

    def replace(self, text: str, by: Callable[[str, Scalar], str]) -> str:
        """`text` with each credential in it replaced by what `by` makes of its name and its value, as it is
        written; where JSON has a number, of that."""
        text = self._replace(text, by, _JSON_KEY, lambda key: _json_text(key["quote"]))
        text = self._replace(text, by, _JSON_KEY, lambda _: _NUMBER)
        text = self._replace(text, by, _FORM_KEY, lambda _: _FORM_VALUE)
        text = self._replace(text, by, _PREVIEW_KEY, lambda _: _PREVIEW_VALUE)
        return replace_jwts(text, lambda value: value if self.is_public(value) else by("jwt", value))

    def _replace(
        self,
        text: str,
        by: Callable[[str, Scalar], str],
        keys: re.Pattern[str],
        value_after: Callable[[re.Match[str]], re.Pattern[str]],
    ) -> str:
        """The value of another key is not passed over: there may be a credential in it."""
        parts, done = [], 0
        for key in keys.finditer(text):
            if key.start() < done or not self.is_name(key["key"]):
                continue
            pattern = value_after(key)
            found = pattern.match(text, key.end())
            if found is None or found["value"].startswith(_SHOWN) or self.is_public(found["value"]):
                continue
            value = found["value"]
            parts += [text[done : found.start("value")], by(key["key"], float(value) if pattern is _NUMBER else value)]
            done = found.end("value")
        return "".join([*parts, text[done:]])


@cache
def _json_text(quote: str) -> re.Pattern[str]:
    """The text of a JSON string, after its quote."""
    return re.compile(rf"{re.escape(quote)}(?P<value>[^\n]*?)(?<!\\){re.escape(quote)}")


def replace_jwts(text: str, by: Callable[[str], str]) -> str:
    """JWTs by their looks."""
    return _JWT.sub(lambda found: by(found[0]) if _is_jwt(found[0]) else found[0], text) if "eyJ" in text else text


_SHOWN = ("\ue000", "<secret:")
"""How what stands for a secret begins."""


def _is_jwt(text: str) -> bool:
    head = text.partition(".")[0]
    try:
        return "alg" in msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)), type=dict)
    except (ValueError, msgspec.MsgspecError):
        return False
