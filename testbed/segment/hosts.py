"""The host names that Segment's SDKs talk to, and the paths where they look for a plugin's code."""

from __future__ import annotations

import hashlib

from testbed.plugin.model import Plugin

CDN = "cdn.segment.com"
CDN_HOSTS = frozenset({CDN, "cdn-settings.segment.com"})
"""Web SDK and bundles; settings for the mobile SDKs (analytics-kotlin and -swift, Constants)."""

API_HOSTS = frozenset({"api.segment.io", "api.segment.com", "events.eu1.segmentapis.com", "cdp.segment.com"})
"""The tracking API (analytics-next, segmentio plugin: api.segment.io/v1) and its regional names (Segment docs,
regional-segment)."""


def classic_path(plugin: Plugin) -> str:
    """Where analytics.js looks for a classic integration (analytics-next, plugins/ajs-destination/loader.ts)."""
    version, slug = plugin.manifest.version, plugin.slug
    return f"/next-integrations/integrations/{slug}/{version}/{slug}.dynamic.js.gz"


def remote_path(plugin: Plugin, bundle: bytes) -> str:
    """Where an actions destination's bundle lives. The settings document says so; any URL of the CDN would do."""
    return f"/next-integrations/actions/{plugin.slug}/{hashlib.sha256(bundle).hexdigest()[:20]}.js"
