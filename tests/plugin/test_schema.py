"""The schema says what the reader does, describes every key, and is published as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from testbed.errors import PluginRefused
from testbed.plugin.manifest import read_manifest
from testbed.plugin.model import Target
from testbed.plugin.schema import DESCRIPTIONS, encoded_schema, manifest_schema

ROOT = Path(__file__).parents[2]
HEAD = 'name = "Acme"\nversion = "1"\n'


def test_published_copy_is_current() -> None:
    published = ROOT / "docs/schema/plugin.schema.json"
    assert published.read_bytes() == encoded_schema(), (
        "write it anew: python -c 'import sys; from testbed.plugin.schema import encoded_schema; "
        f"sys.stdout.buffer.write(encoded_schema())' > {published.relative_to(ROOT)}"
    )


@pytest.mark.parametrize("kind", DESCRIPTIONS, ids=lambda kind: kind.__name__)
def test_every_key_is_described(kind: type[msgspec.Struct]) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(kind)} - ({"id"} if kind is Target else set())
    assert set(DESCRIPTIONS[kind]) == fields


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        # what both take
        ('[targets.web]\nsdk = "web"\nstyle = "classic"\nentry = "a.js"\ncalls = ["track"]', True),
        ('egress.hosts = ["a.b"]\n[[stub]]\nhost = "a.b"\njson = [1, {a = true}]\nfail = "reset"\n[targets]', True),
        ('[[targets.web.subscriptions]]\npartner_action="a"\nsubscribe="b"\n[targets.web]\nsdk="web"', True),
        ('[[targets.web.subscriptions]]\npartnerAction="a"\nsubscribe="b"\n[targets.web]\nsdk="web"', True),
        ('[[differs]]\ntarget = "web"\nreason = "r"\n[settings]\nx = 1\n[targets]', True),
        ('[[lens]]\nvendor = "a"\nhost = "a.b"\nkind = "type"\nunpack.x = "json"\n[targets]', True),
        ('[[lens]]\nvendor = "a"\nhost = ["a.b"]\nkind = {from = ["type"], default = "track"}\n[targets]', True),
        ('[[lens]]\nvendor = "a"\nhost = "a.b"\nkind = ["x"]\nunpack.x = ["json"]\nstub.json = 1\n[targets]', True),
        # what both refuse
        ('unknown = 1\n[targets]', False),
        ('kind = "sink"\n[targets]', False),
        ('secret_settings = "x"\n[targets]', False),
        ('[targets.web]\nsdk = "web"\nid = "web"', False),
        ('[targets.web]\nstyle = "classic"', False),
        ('[targets.web]\nsdk = "web"\nlibrary = 1', False),
        ('[[stub]]\nstatus = 200\n[targets]', False),
        ('[[lens]]\nvendor = "a"\n[targets]', False),
        ('[[lens]]\nvendor = "a"\nhost = "a.b"\nany = 1\n[targets]', False),
        ('[[lens]]\nvendor = "a"\nhost = ["a.b", 1]\n[targets]', False),
        ('[[lens]]\nvendor = "a"\nhost = "a.b"\nkind = {default = "x"}\n[targets]', False),
        ('[[lens]]\nvendor = "a"\nhost = "a.b"\nunpack.x = 1\n[targets]', False),
        ('[[lens]]\nvendor = "a"\nhost = "a.b"\nstub.x = 1\n[targets]', False),
        ('[[stub]]\nhost = "a.b"\nstatus = "200"\n[targets]', False),
        ('[[targets.web.subscriptions]]\nsubscribe="b"\n[targets.web]\nsdk="web"', False),
        ('[[targets.web.subscriptions]]\npartnerAction="a"\nsubscribe="b"\nx=1\n[targets.web]\nsdk="web"', False),
    ],
)  # fmt: skip
def test_schema_and_reader_agree(text: str, valid: bool) -> None:
    schema: dict[str, Any] = manifest_schema()
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(tomllib.loads(HEAD + text)) is valid
    if valid:
        read_manifest((HEAD + text).encode())
    else:
        with pytest.raises(PluginRefused):
            read_manifest((HEAD + text).encode())
