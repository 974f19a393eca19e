"""A slip in a name must not make an expectation that nothing can break."""

import pytest

from testbed.errors import PluginRefused
from testbed.fleet.naming import check_names
from testbed.plugin.model import Manifest, Plugin, Target
from testbed.scenario import read_scenario

PLUGIN = Plugin(
    manifest=Manifest(name="Acme", version="1", targets={"web-classic": Target(id="web-classic", sdk="web")}),
    files={},
    sha256="",
    source="acme",
)


def check(text: str) -> None:
    scenario = read_scenario(f"name: a\n{text}".encode(), file="scenarios/a.yaml")
    check_names([scenario], PLUGIN, ["acme", "mixpanel"])


@pytest.mark.parametrize(
    "text",
    [
        # targets, platforms (of which the plugin may have none), globs on either
        "steps: [{page: Home, only: [web-classic]}, {screen: Home, only: [ios, 'and*']}]",
        "steps: [page]\ntargets: ['web*']",
        "steps: [page]\nexpect: {vendor: [{track: A, only: web}]}",
        # vendors, whatever their case
        "steps: [page]\nexpect: {never: {vendor: [track: {name: A, vendor: Mixpanel}]}}",
    ],
)
def test_takes_names_that_there_are(text: str):
    check(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("steps: [{page: Home, only: [wbe]}]", "only: 'wbe' is no target or platform; did you mean 'web'?"),
        ("steps: [page]\ntargets: [andriod]", "targets: 'andriod' is no target or platform"),
        ("steps: [page]\nexpect: {vendor: [{track: A, only: wbe}]}", "only: 'wbe'"),
        ("steps: [page]\nexpect: {never: {vendor: [{track: A, only: wbe}]}}", "only: 'wbe'"),
        ("steps: [page]\nexpect: {never: {device: [{cookie: a, only: wbe}]}}", "only: 'wbe'"),
        (
            "steps: [page]\nexpect: {never: {vendor: [track: {name: A, vendor: amce}]}}",
            "vendor: no lens is of 'amce'; did you mean 'acme'?",
        ),
    ],
)
def test_refuses_names_of_nothing(text: str, says: str):
    with pytest.raises(PluginRefused) as caught:
        check(text)
    assert says in str(caught.value)
