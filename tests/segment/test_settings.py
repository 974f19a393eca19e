"""The settings document, field by field as the SDKs read it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from testbed.http import header
from testbed.plugin.model import Plugin, Style, Target
from tests.devices.plugins import plugin_of
from tests.segment.mock import KEY, SETTINGS, answered, cloud_of

VERSION = {"version": "1.0.0", "componentTypes": []}
BUNDLED = {
    "type": "browser",
    "bundlingStatus": "bundled",
    "versionSettings": {"version": "1.0.0", "componentTypes": ["browser", "android", "ios"]},
}
ANDROID = Target(id="android", sdk="android-kotlin")


def document(style: Style = "classic", cloud: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(answered(cloud_of(style, cloud, **more), SETTINGS).body)
    return decoded


@pytest.mark.parametrize(
    ("style", "entry", "remote"),
    [
        # analytics.js installs an entry as a classic integration by its type or its component types
        ("classic", {"apiKey": "k1", **BUNDLED}, []),
        ("register", {"apiKey": "k1", "versionSettings": VERSION}, []),
        ("remote", {"apiKey": "k1", "versionSettings": VERSION}, ["acmePlugin"]),
    ],
)
def test_an_entry_for_each_style(style: Style, entry: dict[str, Any], remote: list[str]):
    found = document(style)
    assert found["integrations"]["Acme"] == entry
    assert [plugin["libraryName"] for plugin in found["remotePlugins"]] == remote


def test_segments_own_entry_leaves_the_upload_host_alone():
    own = document()["integrations"]["Segment.io"]
    assert own["apiKey"] == KEY
    assert "apiHost" not in own


def test_a_remote_plugin():
    (remote,) = document("remote")["remotePlugins"]
    assert remote["name"] == remote["creationName"] == "Acme"
    assert answered(cloud_of("remote"), remote["url"]).status == 200
    assert remote["settings"] == {
        "apiKey": "k1",
        "subscriptions": [
            {
                "id": "subscription1",
                "name": "track",
                "enabled": True,
                "partnerAction": "track",
                "subscribe": 'type = "track"',
                "mapping": {},
            }
        ],
    }


@pytest.mark.parametrize("host", ["cdn.segment.com", "cdn-settings.segment.com"])
def test_both_hosts_serve_one_document_that_any_page_may_read(host: str):
    response = answered(cloud_of(), SETTINGS.replace("cdn.segment.com", host))
    assert header(response.headers, "access-control-allow-origin") == "*"
    assert msgspec.json.decode(response.body) == document()


@pytest.mark.parametrize(
    ("scenario", "target", "changes", "expected"),
    [
        # later words go over earlier ones: plugin, target, scenario, settings steps
        ({}, {}, {}, {"apiKey": "k1"}),
        ({}, {"apiKey": "k2"}, {}, {"apiKey": "k2"}),
        ({"apiKey": "k3"}, {"apiKey": "k2"}, {}, {"apiKey": "k3"}),
        ({"apiKey": "k3"}, {"apiKey": "k2"}, {"apiKey": "k4", "x": 1}, {"apiKey": "k4", "x": 1}),
    ],
)
def test_whose_settings_count(
    scenario: dict[str, Any], target: dict[str, Any], changes: dict[str, Any], expected: dict[str, Any]
):
    plugin = plugin_of("register")
    own = msgspec.structs.replace(plugin.manifest.targets["web"], settings=target)
    cloud = cloud_of(plugin=plugin, target=own, **scenario)
    cloud.update_settings(changes)
    entry = msgspec.json.decode(answered(cloud, SETTINGS).body)["integrations"]["Acme"]
    assert entry == {**expected, "versionSettings": VERSION}


def test_changed_settings_reach_the_remote_plugin_too():
    cloud = cloud_of("remote")
    cloud.update_settings({"apiKey": "k2"})
    (remote,) = msgspec.json.decode(answered(cloud, SETTINGS).body)["remotePlugins"]
    assert remote["settings"]["apiKey"] == "k2"


@pytest.mark.parametrize(
    ("style", "knob", "entry", "remote"),
    [
        # missing: neither an entry nor a remote plugin
        ("classic", {"missing": True}, None, []),
        ("remote", {"missing": True}, None, []),
        # empty: none of the plugin's settings; what makes the SDK load it stays
        ("classic", {"empty": True}, BUNDLED, []),
        ("register", {"empty": True}, {"versionSettings": VERSION}, []),
        ("remote", {"empty": True}, {"versionSettings": VERSION}, [{"subscriptions"}]),
    ],
)
def test_knobs(style: Style, knob: dict[str, Any], entry: dict[str, Any] | None, remote: list[set[str]]):
    found = document(style, {"settings": knob}, apiKey="from the scenario")
    assert found["integrations"].get("Acme") == entry
    assert [set(plugin["settings"]) for plugin in found["remotePlugins"]] == remote


@pytest.mark.parametrize(
    ("knob", "entry"),
    [
        ({}, {"apiKey": "k1", **BUNDLED}),
        # analytics-android takes an empty object for "not enabled", so empty means empty
        ({"empty": True}, {}),
        ({"missing": True}, None),
    ],
)
def test_what_a_mobile_sdk_gets(knob: dict[str, Any], entry: dict[str, Any] | None):
    assert document(cloud={"settings": knob}, target=ANDROID)["integrations"].get("Acme") == entry


@pytest.mark.parametrize(
    ("over", "path", "value"),
    [
        ({"plan": {"track": {"Signed Up": {"enabled": False}}}}, "plan.track.Signed Up.enabled", False),
        ({"plan": {"track": {"Signed Up": {}}}}, "plan.track.__default.enabled", True),
        ({"integrations": {"Acme": {"extra": 1}}}, "integrations.Acme.apiKey", "k1"),
        ({"integrations": {"Acme": 5}}, "integrations.Acme", 5),
        ({"integrations": {"Other": {}}}, "integrations.Other", {}),
        ({"remotePlugins": [1]}, "remotePlugins", [1]),
    ],
)
def test_the_document_knob_is_merged_over_all(over: dict[str, Any], path: str, value: Any):
    found: Any = document(cloud={"document": over})
    for key in path.split("."):
        found = found[key]
    assert found == value


@pytest.mark.parametrize("style", ["classic", "remote", "register"])
def test_consent_categories(style: Style):
    plugin: Plugin = plugin_of(style, consent=["Advertising"])
    found = document(plugin=plugin)
    assert found["integrations"]["Acme"]["consentSettings"] == {"categories": ["Advertising"]}
    assert found["consentSettings"] == {"allCategories": ["Advertising"], "hasUnmappedDestinations": True}
    assert "consentSettings" not in document(style)
