"""Scenario files: bytes to Scenario."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, TypeVar

from testbed.errors import Place, PluginRefused
from testbed.plugin.model import Stub
from testbed.plugin.stubs import stub_misfits
from testbed.scenario.e2e_cli import read_case
from testbed.scenario.expecting import read_expectations
from testbed.scenario.fields import descend, known, listing, mapping, names, refuse, struct, value
from testbed.scenario.model import MAX_TIMEOUT_S, CloudKnobs, Expectations, Scenario, SettingsKnob, TrackingKnob
from testbed.scenario.playing import read_steps
from testbed.scenario.secrets import reveal
from testbed.scenario.tree import Node, read_tree
from testbed.scenario.vocabulary import BUILT_IN_CHECKS, did_you_mean

SCENARIO_KEYS = (
    "name", "description", "targets", "url", "settings", "integrations", "consent", "cloud", "stubs", "tolerate",
    "timeout_s", "steps", "expect",
)  # fmt: skip

K = TypeVar("K", SettingsKnob, TrackingKnob)


def load_scenarios(files: Mapping[str, bytes]) -> list[Scenario]:
    """The scenarios among a plugin's files: those under scenarios/ that end in .yaml or .yml, and Segment's own cases,
    which end in .json; by file name.

    Raises PluginRefused, also for two scenarios of one name, and a stub whose file is not there; with the first thing
    that is wrong in each file."""
    scenarios, refused = read_scenarios(files)
    if refused:
        raise PluginRefused.of(refused)
    return scenarios


def read_scenarios(files: Mapping[str, bytes]) -> tuple[list[Scenario], list[PluginRefused]]:
    """The scenarios that can be read, and why the others cannot."""
    texts = tuple((file, files[file]) for file in sorted(filter(_is_scenario, files)))
    scenarios, refused = _read_all(frozenset(files), texts)
    return list(scenarios), list(refused)


@lru_cache(maxsize=1)  # a fleet is asked for the same plugin over and over, and YAML takes 2 ms a file
def _read_all(
    files: frozenset[str], texts: tuple[tuple[str, bytes], ...]
) -> tuple[tuple[Scenario, ...], tuple[PluginRefused, ...]]:
    """The scenarios in `texts` (file, content), of a plugin that has `files`."""
    scenarios: dict[str, Scenario] = {}
    refused: list[PluginRefused] = []
    for file, text in texts:
        try:
            read = read_case if file.endswith(".json") else read_scenario
            scenario = read(text, file=file)
            _check_among(scenario, scenarios, files)
            scenarios[scenario.name] = scenario
        except PluginRefused as error:
            refused.append(error)
    return tuple(scenarios.values()), tuple(refused)


def _check_among(scenario: Scenario, scenarios: Mapping[str, Scenario], files: Collection[str]) -> None:
    if twin := scenarios.get(scenario.name):
        raise PluginRefused(
            f"the scenario name {scenario.name!r} is taken by {twin.file}", place=scenario.place, fix="rename one"
        )
    for index, stub in enumerate(scenario.stubs):
        if stub.file is not None and stub.file not in files:
            message = f"stubs[{index}].file: {stub.file!r} is not in the plugin{did_you_mean(stub.file, files)}"
            raise PluginRefused(message, place=scenario.place, fix="name a file that the manifest includes")


def read_scenario(text: bytes, *, file: str) -> Scenario:
    """One scenario file. Raises PluginRefused naming the place, the key path, the nearest valid key and the fix."""
    root, secrets = reveal(read_tree(text, file=file))
    entries = known(root, "", SCENARIO_KEYS)
    for key in ("name", "steps"):
        if key not in entries:
            refuse(f"{key!r} is missing", root, "", f"add `{key}: ...`")
    fields: dict[str, Any] = {key: value(entries[key], kind, key) for key, kind in _SIMPLE.items() if key in entries}
    if not fields["name"].strip() or "\n" in fields["name"]:
        refuse("needs a line of text", entries["name"], "name")
    if "timeout_s" in fields and not 0 < fields["timeout_s"] <= MAX_TIMEOUT_S:
        refuse(f"needs more than 0 and at most {MAX_TIMEOUT_S:g} seconds", entries["timeout_s"], "timeout_s")
    for key in ("targets", "tolerate"):
        if key in entries:
            fields[key] = names(entries[key], key)
    _check_tolerated(fields.get("tolerate", ()), entries.get("tolerate"))
    if "cloud" in entries:
        fields["cloud"] = _cloud(entries["cloud"], "cloud")
    if "stubs" in entries:
        stubs = listing(entries["stubs"], "stubs")
        fields["stubs"] = tuple(_stub(stub, f"stubs[{index}]") for index, stub in enumerate(stubs))
    return Scenario(
        **fields,
        file=file,
        steps=read_steps(entries["steps"]),
        expect=read_expectations(entries["expect"]) if "expect" in entries else Expectations(),
        secrets=secrets,
        place=Place(file, root.keys["name"].line, root.keys["name"].column),
    )


_SIMPLE: dict[str, Any] = {
    "name": str,
    "description": str,
    "url": str,
    "settings": dict[str, Any],
    "integrations": dict[str, Any],
    "consent": dict[str, bool],
    "timeout_s": float,
}


def _is_scenario(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] == "scenarios" and path.suffix in (".yaml", ".yml", ".json")


def _check_tolerated(ids: tuple[str, ...], node: Node | None) -> None:
    for each in ids:
        if each not in BUILT_IN_CHECKS and node is not None:
            message = f"unknown check {each!r}{did_you_mean(each, BUILT_IN_CHECKS)}"
            refuse(message, node, "tolerate", f"built-in checks are {', '.join(BUILT_IN_CHECKS)}")


def _cloud(node: Node, path: str) -> CloudKnobs:
    entries = known(node, path, ("settings", "tracking", "document"))
    fields: dict[str, Any] = {}
    if "settings" in entries:
        fields["settings"] = _knob(entries["settings"], SettingsKnob, f"{path}.settings")
    if "tracking" in entries:
        fields["tracking"] = tracking = _knob(entries["tracking"], TrackingKnob, f"{path}.tracking")
        if tracking.status >= 400 and not tracking.times:
            refuse("says nothing without `times`", entries["tracking"], f"{path}.tracking.status", "add `times: 1`")
    if "document" in entries:
        mapping(entries["document"], f"{path}.document")
        fields["document"] = entries["document"].plain
    return CloudKnobs(**fields)


def _knob(node: Node, kind: type[K], path: str) -> K:
    """A knob whose numbers mean something."""
    knob = struct(node, kind, path)
    if knob.status != 200 and not 400 <= knob.status <= 599:
        place, where = descend(node, path, ["status"])
        refuse(f"{knob.status} is no failure", place, where, "use 400 to 599; what does not fail is answered with 200")
    for name in ("delay_ms", "times", "retry_after_s"):
        if (getattr(knob, name, None) or 0) < 0:
            place, where = descend(node, path, [name])
            refuse("is negative", place, where)
    return knob


def _stub(node: Node, path: str) -> Stub:
    stub = struct(node, Stub, path)
    for misfit in stub_misfits(stub):
        place, where = descend(node, path, misfit.keys)
        refuse(misfit.message, place, where, misfit.fix)
    return stub
