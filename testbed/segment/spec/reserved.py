"""Reserved traits and properties: what each means is fixed by the Spec, so its type is too.

Segment docs: spec/identify (traits), spec/group (traits), spec/track, spec/page, spec/screen (properties). Reserved
traits may come in camelCase or snake_case; both are looked up here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from testbed.segment.spec.types import Fields, Type, fields

RESERVED: Mapping[str, Fields] = {
    "identify": fields(
        "address:o age:n avatar birthday:d company:o createdAt:d description email firstName gender id lastName name "
        "phone title username website"
    ),
    "group": fields("address:o avatar createdAt:d description email employees id industry name phone website plan"),
    "track": fields("revenue:n currency value:n"),
    "page": fields("name path referrer search title url keywords:a"),
    "screen": fields("name"),
}

NESTED: Mapping[str, Fields] = {
    "address": fields("city country postalCode state street"),
    "company": fields("name id industry employee_count:n plan"),
}

ALSO: Mapping[tuple[str, str], tuple[type, ...]] = {
    # Documented as a string, sent as a number by nearly everybody, Segment's own examples included.
    ("group", "employees"): (int, float),
    ("company", "id"): (int, float),
    ("identify", "id"): (int, float),
}
"""Further Python types that pass, by (table, field)."""


def reserved(kind: str, name: str) -> Type | None:
    """The type of a reserved field of a call, whichever case its name is written in."""
    table = RESERVED.get(kind, {})
    return table.get(name) or table.get(_camel(name))


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
