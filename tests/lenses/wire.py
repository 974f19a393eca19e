"""How the tests of lenses say what a call says."""

from __future__ import annotations

from typing import Any

from testbed.lenses.api import VendorCall


def said(call: VendorCall) -> dict[str, Any]:
    """What a call says, without what it says nothing of."""
    told = {key: getattr(call, key) for key in ("kind", "name", "user", "anonymous", "previous", "group", "properties")}
    return {key: value for key, value in told.items() if value is not None and value != {}}
