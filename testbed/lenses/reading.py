"""The lenses of a run, and reading with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points

import msgspec

from testbed.errors import InternalError
from testbed.http import Request, Response, with_cors
from testbed.lenses.api import Lens, Reading, VendorCall
from testbed.lenses.declarative import Declarative
from testbed.lenses.definition import definitions
from testbed.plugin.model import Plugin


def lenses_for(plugin: Plugin) -> list[Lens]:
    """The plugin's own lenses, then the known vendors. Raises PluginRefused for a definition that cannot work."""
    return [*(Declarative(d) for d in definitions(plugin)), *_known()]


def read(lenses: Sequence[Lens], flow_id: str, request: Request) -> Reading | None:
    """What the first lens that claims the request makes of it; None where none does. A lens that raises is a fault of
    ours: what it should have read must not count as absent."""
    for lens in lenses:
        try:
            reading = lens.read(request) if lens.claims(request) else None
        except Exception as error:
            raise InternalError(f"the {lens.vendor} lens failed on {request.url}: {error!r}") from error
        if reading is not None:
            calls = tuple(msgspec.structs.replace(c, flow=flow_id, index=n) for n, c in enumerate(reading.calls))
            return msgspec.structs.replace(reading, calls=calls)
    return None


def relate(lenses: Sequence[Lens], calls: Sequence[VendorCall]) -> list[VendorCall]:
    """All calls of a run, vendor by vendor, with those that only their order shows."""
    related: list[VendorCall] = []
    for vendor in dict.fromkeys(call.vendor for call in calls):
        own = [call for call in calls if call.vendor == vendor]
        for lens in lenses:  # a plugin may declare one more of a vendor that is known
            if lens.vendor == vendor:
                own = lens.relate(own)
        related.extend(own)
    return related


def default_stub(lenses: Sequence[Lens], request: Request) -> Response | None:
    """The answer that keeps the vendor's SDK content, readable by the page that asked; None where no lens has one."""
    for lens in lenses:
        if request.method != "OPTIONS" and (response := lens.stub(request)) is not None and lens.claims(request):
            return with_cors(response, request)
    return None


@cache
def _known() -> tuple[Lens, ...]:
    return tuple(entry.load()() for entry in sorted(entry_points(group="testbed.lenses"), key=lambda e: e.name))
