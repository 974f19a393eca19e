"""What a stub must be beyond its shape, wherever it is written: in plugin.toml, or in a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from testbed.plugin.model import Stub
from testbed.plugin.typed import Misfit


def stub_misfits(stub: Stub) -> Iterator[Misfit]:
    """What is wrong with `stub` by itself, each with the keys from the stub on."""
    contents = [name for name in ("file", "body", "json") if getattr(stub, name) not in (None, msgspec.UNSET)]
    if len(contents) > 1:
        yield Misfit((contents[1],), f"{' and '.join(contents)} in one stub", "keep one of them")
    if stub.fail is not None and contents:
        yield Misfit(("fail",), f"a stub that fails sends no {contents[0]}", "keep one of them")
    if not 200 <= stub.status <= 599:
        yield Misfit(("status",), f"{stub.status} is no final HTTP status", "use 200 to 599")
    if stub.delay_ms < 0:
        yield Misfit(("delay_ms",), "is negative", "use 0 or more milliseconds")
    for name, value in stub.headers.items():
        # A token, RFC 9110, 5.6.2; in the value, what would begin a header of its own.
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or any(char in value for char in "\r\n\0"):
            yield Misfit(("headers", name), "is no HTTP header", "use a token as name and one line as value")
