"""What an installation is allowed to do."""

from __future__ import annotations

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`-R` forbids to replace, `-t` allows a test-only app, `-d` an older version, `-g` grants what it asks for."""

    replace: bool = True
    test: bool = False
    downgrade: bool = False
    grant: bool = False
