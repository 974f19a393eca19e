"""The browser's command line."""

from __future__ import annotations

import os

from testbed.devices.chromium.agent import LANGUAGES
from testbed.jail import NOWHERE

DEAD_PROXY = "http://{}:{}".format(*NOWHERE)
"""Where the browser's own traffic goes: nowhere. Real proxies are set per context."""

QUIET = (
    # No first-run pages, updates, sync, crash uploads or safe-browsing look-ups: only pages may talk.
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
)

CAPTURED = (
    # Everything that pages send must pass the proxy, also what is meant for localhost and what would go over UDP.
    f"--proxy-server={DEAD_PROXY}",
    "--proxy-bypass-list=<-loopback>",
    "--disable-quic",
)

NO_UDP = (
    # In a jail the page may try: it gets nowhere, and what it tried is seen. Without one it must not even try.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)

STEADY = (
    # Same speed whether or not a page is in view; no window, sound or GPU.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disable-prompt-on-repost",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--mute-audio",
    "--force-color-profile=srgb",
)

LIKE_A_USERS = (
    # Vendors go silent when they see automation (posthog-js, Plausible).
    "--disable-blink-features=AutomationControlled",
    "--lang=en-US",
    f"--accept-lang={LANGUAGES}",
    "--window-size=1280,800",
)

OFF = (
    "AutofillServerCommunication",
    "BackForwardCache",  # a page that was left must unload, not freeze
    "CertificateTransparencyComponentUpdater",
    "DialMediaRouteProvider",
    "DnsOverHttps",
    "HttpsUpgrades",  # what the plugin asks for over http must be seen as http
    "InterestFeedContentSuggestions",
    "IsolateOrigins",  # frames of one page stay in its process, and in its CDP session
    "LocalNetworkAccessChecks",  # a try at loopback must reach the proxy, where it is refused and recorded
    "MediaRouter",
    "OptimizationHints",
    "RenderDocument",  # the document that is left keeps its frame, and what it says last is heard
    "Translate",
    "site-per-process",
)


def command_line(browser: str, *, profile_dir: str, spki: str, jailed: bool, user_agent: str = "") -> list[str]:
    """The whole command: `spki` is the base64 SHA-256 of the public key of the CA that the browser is to trust.
    `user_agent` is shown in place of its own."""
    root = not jailed and hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        browser,
        "--headless",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile_dir}",
        f"--ignore-certificate-errors-spki-list={spki}",
        f"--disable-features={','.join(OFF)}",
        "--disable-site-isolation-trials",
        *QUIET,
        *CAPTURED,
        *(() if jailed else NO_UDP),
        *STEADY,
        *LIKE_A_USERS,
        *([f"--user-agent={user_agent}"] if user_agent else []),
        *(["--no-sandbox"] if root else []),  # Chromium refuses to run as root with its sandbox on
    ]
