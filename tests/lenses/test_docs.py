"""docs/lenses.md leaves no key and no step out, invents none, and its examples do what it says."""

from __future__ import annotations

import base64
import inspect
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlencode

import msgspec
import pytest

from testbed.http import Request
from testbed.lenses.api import Kind, Lens, Reading, VendorCall
from testbed.lenses.declarative import Declarative
from testbed.lenses.decode import ORIGINS, STEPS
from testbed.lenses.definition import SCOPES, Definition, KindRule, StubRule, definitions
from testbed.plugin.lens import TimeUnit, in_full
from testbed.plugin.manifest import read_manifest
from testbed.plugin.model import Plugin
from testbed.plugin.schema import LENS_DESCRIPTIONS
from testbed.plugin.typed import build
from testbed.scenario import read_scenario

PAGE = (Path(__file__).parents[2] / "docs/lenses.md").read_text(encoding="utf-8")
HEAD = 'name = "Acme"\nversion = "1"\n[targets.web]\nsdk = "web"\n'

HEADERS = {Definition: "key", KindRule: "key of `[lens.kind]`", StubRule: "key of `[lens.stub]`"}


def rows(*headers: str) -> list[list[str]]:
    """The cells of all tables with this header."""
    head = re.escape("| " + " | ".join(headers) + " |" if headers[-1] else "| " + " | ".join(headers[:-1]) + " | |")
    tables = re.findall(rf"^{head}\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    lines = [line for table in tables for line in table.splitlines()]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def block(language: str) -> str:
    found: str = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]
    return found


@pytest.mark.parametrize("kind", HEADERS, ids=lambda kind: kind.__name__)
def test_every_key_has_a_row_with_its_default(kind: type[msgspec.Struct]):
    documented = {key.strip("`"): default.strip("`") for key, default, _ in rows(HEADERS[kind], "default", "")}
    smallest: dict[str, Any] = {"vendor": "v", "host": "h"} if kind is Definition else {}
    table = smallest if kind is Definition else {"vendor": "v", "host": "h", _of(kind): smallest}
    made = build(Definition, in_full(table))
    owner: Any = made if kind is Definition else getattr(made, _of(kind))
    assert documented == {
        field.encode_name: "" if field.required else as_toml(getattr(owner, field.name))
        for field in msgspec.structs.fields(kind)
    }


def _of(kind: type[msgspec.Struct]) -> str:
    return "kind" if kind is KindRule else "stub"


def as_toml(value: Any) -> str:
    """A default as a person would write it; nothing for none."""
    if isinstance(value, KindRule):
        value = value.from_
    if value in ((), None, msgspec.UNSET):
        return ""
    if isinstance(value, tuple):
        (value,) = value
    return msgspec.json.encode(value).decode()


@pytest.mark.parametrize("kind", HEADERS, ids=lambda kind: kind.__name__)
def test_every_key_is_described_in_the_schema(kind: type[msgspec.Struct]):
    assert set(LENS_DESCRIPTIONS[kind]) == {field.encode_name for field in msgspec.structs.fields(kind)}


def test_every_step_has_a_row():
    assert {step.strip("`") for step, _, _ in rows("step", "from", "to")} == {*STEPS, *ORIGINS}


def test_every_scope_has_a_row():
    found = [source.strip("`").partition(":")[0] for source, _ in rows("source", "gives")]
    assert found == ["a JMESPath", *SCOPES]


def test_every_kind_and_unit_is_named():
    kinds = PAGE.split("\n## Kinds\n")[1].split("\n## ")[0]
    assert [kind for kind in (*Kind, "ignore") if f"`{kind}`" not in kinds] == []
    (units,) = [row[2] for row in rows("key", "default", "") if row[0] == "`time_unit`"]
    assert set(re.findall(r"`(\w+)`", units)) == set(get_args(TimeUnit))


def test_the_example_reads_what_it_shows():
    manifest, places = read_manifest((HEAD + block("toml")).encode())
    (definition,) = definitions(Plugin(manifest=manifest, files={}, sha256="", source="docs", places=places))
    lens = Declarative(definition)
    form = urlencode({"data": base64.b64encode(block("json").encode()).decode()})
    request = Request.get("https://in.nimbus.example/v2/collect", method="POST", body=form.encode())
    assert lens.claims(request)
    calls = lens.read(request).calls
    scenario = read_scenario(f"name: docs\nsteps: [page]\n{block('yaml')}".encode(), file="docs")
    expected = scenario.expect.vendor or ()
    assert [(call.kind, call.name, call.user, call.properties) for call in calls] == [
        (want.kind, want.name, want.user, want.properties or {}) for want in expected
    ]
    assert [call.time for call in calls] == [pytest.approx(1767323045.678 - age) for age in (1.2, 0.2, 0)]
    assert [call.dedupe for call in calls] == [None, "e-7", None]
    assert lens.stub(request) is not None


def test_the_lens_in_python_is_one():
    scope: dict[str, Any] = {}
    exec(block("python"), scope)
    lens: Lens = scope["Nimbus"]()
    methods = {name for name, _ in inspect.getmembers(Lens, inspect.isfunction) if not name.startswith("_")}
    assert all(callable(getattr(lens, name)) for name in methods)
    assert len(methods) == 4
    request = Request.get("https://in.nimbus.example/", method="POST", body=block("json").encode())
    calls: tuple[VendorCall, ...] = lens.read(request).calls
    assert [(call.name, call.user) for call in calls] == [(None, "u1"), ("order", "u1"), (None, "u1")]
    for body in (b"\xff", b"5", b"{}", b'{"events": 5}', b'{"events": [5]}'):  # as the page itself asks
        reading = lens.read(Request.get("https://in.nimbus.example/", method="POST", body=body))
        assert isinstance(reading, Reading)
    (entry,) = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1])["project"]["entry-points"].items()
    assert entry[0] == "testbed.lenses"
    assert all(EntryPoint(name, value, entry[0]).attr == "Nimbus" for name, value in entry[1].items())
