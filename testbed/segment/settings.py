"""The settings document: what Segment tells an SDK about a source and the destinations that are connected to it.

Served at /v1/projects/WRITE_KEY/settings. Fields as analytics-next 1.84 reads them (browser/settings.ts, remote-loader,
ajs-destination/utils.ts); the mobile SDKs read the same document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testbed.plugin.model import Plugin, Subscription, Target
from testbed.scenario.model import Scenario
from testbed.segment.hosts import CDN, remote_path

Document = dict[str, Any]


def settings_document(
    plugin: Plugin, target: Target, scenario: Scenario, *, write_key: str, changes: Mapping[str, Any]
) -> Document:
    """The document for one run. `changes` are the settings that `settings` steps changed so far. The scenario's knobs
    take the plugin out (`missing`), empty its settings (`empty`) or merge anything over the whole (`document`)."""
    knobs = scenario.cloud
    values = {} if knobs.settings.empty else {**plugin.settings_for(target), **scenario.settings, **changes}
    document: Document = {
        # apiHost stays out: it would redirect uploads away from the host that production uses.
        "integrations": {"Segment.io": {"apiKey": write_key, "addBundledMetadata": True, "unbundledIntegrations": []}},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}, "identify": {}, "group": {}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
    if not knobs.settings.missing:
        # The web SDK loads no classic bundle without the fields that Segment adds, so there `empty` leaves those; a
        # mobile SDK gets an entry that is empty indeed, which analytics-android takes for a plugin that is off.
        bare = knobs.settings.empty and target.sdk != "web"
        document["integrations"][plugin.name] = {} if bare else _integration(plugin, target, values)
        if target.sdk == "web" and target.style == "remote":
            document["remotePlugins"].append(_remote_plugin(plugin, target, values))
    if plugin.manifest.consent_categories:
        categories = list(plugin.manifest.consent_categories)
        document["consentSettings"] = {"allCategories": categories, "hasUnmappedDestinations": True}
    result: Document = merged(document, knobs.document)
    return result


def merged(base: Any, over: Any) -> Any:
    """`over` laid over `base`: mappings key by key, everything else replaced."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}
    return over


def _integration(plugin: Plugin, target: Target, values: Mapping[str, Any]) -> Document:
    """The plugin's entry: its settings and what Segment adds. `type: browser` and the component types make analytics.js
    load a classic bundle; without them it leaves the name to remote plugins and to analytics.register
    (ajs-destination/utils.ts, isInstallableIntegration). The mobile SDKs hand a plugin the entry as it is."""
    entry: Document = {**values, "versionSettings": {"version": plugin.manifest.version, "componentTypes": []}}
    if target.sdk != "web" or target.style == "classic":
        entry |= {"type": "browser", "bundlingStatus": "bundled"}
        entry["versionSettings"]["componentTypes"] = ["browser", "android", "ios"]
    if plugin.manifest.consent_categories:
        entry["consentSettings"] = {"categories": list(plugin.manifest.consent_categories)}
    return entry


def _remote_plugin(plugin: Plugin, target: Target, values: Mapping[str, Any]) -> Document:
    settings: Document = {**values, "subscriptions": [_subscription(n, s) for n, s in enumerate(target.subscriptions)]}
    return {
        "name": plugin.name,
        "creationName": plugin.name,
        "libraryName": target.library,
        "url": f"https://{CDN}{remote_path(plugin, plugin.files[target.entry])}",
        "settings": settings,
    }


def _subscription(number: int, subscription: Subscription) -> Document:
    return {
        "id": subscription.id or f"subscription{number + 1}",
        "name": subscription.name or subscription.partner_action,
        "enabled": subscription.enabled,
        "partnerAction": subscription.partner_action,
        "subscribe": subscription.subscribe,
        "mapping": subscription.mapping,
    }
