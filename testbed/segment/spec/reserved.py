"""Reserved traits, properties and context fields: what each means is fixed by the Spec, so its type is too.

Segment docs: spec/identify and spec/group (traits), spec/track, spec/page and spec/screen (properties), spec/common
(context).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from testbed.segment.spec.types import Fields, Type, fields

SHAPES: Mapping[str, Fields] = {
    "Address": fields("city country postalCode state street"),
    "Company": fields("name id:s/n industry employee_count:n plan"),
    "App": fields("name version build namespace"),
    "Campaign": fields("name source medium term content"),
    "Device": fields("id advertisingId adTrackingEnabled:b manufacturer model name type version token"),
    "Library": fields("name version"),
    "Location": fields("city country region latitude:n longitude:n speed:n"),
    "Network": fields("bluetooth:b carrier cellular:b wifi:b"),
    "Os": fields("name version"),
    "Page": fields("path referrer search title url"),
    "Referrer": fields("id type name url link"),
    "Screen": fields("width:n height:n density:n"),
}

# `id` and `employees` are documented as strings, and sent as numbers by nearly everybody, Segment's examples included.
RESERVED: Mapping[str, Fields] = {
    "identify": fields(
        "address:Address age:n avatar birthday:d company:Company createdAt:d description email firstName gender id:s/n "
        "lastName name phone title username website",
        SHAPES,
    ),
    "group": fields(
        "address:Address avatar createdAt:d description email employees:s/n id:s/n industry name phone website plan",
        SHAPES,
    ),
    "track": fields("revenue:n currency value:n"),
    "page": fields("name path referrer search title url keywords:[s]"),
    "screen": fields("name"),
}

CONTEXT: Fields = fields(
    "active:b app:App campaign:Campaign device:Device direct:b groupId ip library:Library locale location:Location "
    "network:Network os:Os page:Page referrer:Referrer screen:Screen timezone traits:Traits userAgent userAgentData:o "
    "instanceId consent:o",
    # "You should fill this object the same way you would fill traits in an identify call."
    {**SHAPES, "Traits": RESERVED["identify"]},
)


MOBILE_LIBRARIES = frozenset({"analytics-android", "analytics-kotlin", "analytics-ios", "analytics-swift"})

MOBILE_CONTEXT = (
    "app.name", "app.version", "app.build", "app.namespace",
    "device.id", "device.manufacturer", "device.model", "device.type",
    "os.name", "os.version", "screen.width", "screen.height", "locale", "timezone",
)  # fmt: skip
"""What each of these puts into the context of every call (analytics-android, AnalyticsContext; analytics-kotlin,
AndroidContextPlugin; analytics-swift, Context)."""


def find(table: Fields, name: str) -> tuple[str, Type] | None:
    """The field of `table` that `name` means, by the name that it has there: in camelCase or snake_case, as the Spec
    allows for reserved traits."""
    if name in table:
        return name, table[name]
    return next(((known, kind) for known, kind in table.items() if _camel(known) == _camel(name)), None)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
