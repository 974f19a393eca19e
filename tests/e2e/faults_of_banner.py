"""Faults of a plugin that changes the page, planted into examples/banner: on it, in its storage, on the wire."""

from __future__ import annotations

from tests.e2e.conftest import Patch
from tests.e2e.faults import Fault

BUNDLE = "web/banner.js"
MANIFEST = "plugin.toml"
COOKIE = "Path=/; Max-Age=${30 * DAY_S}; SameSite=Lax; Secure"
CLOSE = "localStorage.setItem(CLOSED, message);"
IS_CLOSED = "localStorage.getItem(CLOSED) !== message"
PIXEL = "new Image().src = `${PIXEL}?${query}`;"
LOADED = "loaded = true;"


def fault(name: str, *changes: tuple[str, str], scenario: str, check: str, says: str, file: str = BUNDLE) -> Fault:
    patches = tuple(Patch(file, old, new) for old, new in changes)
    return Fault(name=name, example="banner", patches=patches, scenario=scenario, check=check, says=says)


def cookie(name: str, *, attributes: str, says: str) -> Fault:
    change = (COOKIE, attributes)
    return fault(name, change, scenario="cookie", check="expect.device[0]", says=f"attributes.{says}")


BANNER = (
    # On the page
    fault(
        "a banner that is not shown",
        ("document.body.append(banner);", ""),
        scenario="banner",
        check="expect.device[0]",
        says="is not there",
    ),
    fault(
        "a banner in place of the page",
        ("document.body.append(banner);", "document.body.replaceChildren(banner);"),
        scenario="banner",
        check="expect.device[3]",
        says="is not there",
    ),
    fault(
        "a banner that leaves a global",
        ("const banner =", "const banner = window.banner ="),
        scenario="banner",
        check="expect.never.device[1]",
        says="must never be seen",
    ),
    fault(
        "a message that is read as HTML",
        ("text.textContent = message", "text.innerHTML = message"),
        scenario="message with markup",
        check="expect.never.device[0]",
        says="global hacked is there",
    ),
    fault(
        "a button that is read as HTML",
        ("close.textContent = button", "close.innerHTML = button"),
        scenario="message with markup",
        check="expect.never.device[1]",
        says="must never be seen",
    ),
    fault(
        "a banner that stays when it is closed",
        ("banner.remove();", ""),
        (CLOSE, ""),
        scenario="close on another page",
        check="expect.never.device[0]",
        says="#segment-banner is there",
    ),
    fault(
        "closing is forgotten with the page",
        (CLOSE, ""),
        scenario="close",
        check="expect.never.device[0]",
        says="#segment-banner is there",
    ),
    fault(
        "closing is remembered for one page only",
        (CLOSE, CLOSE + "document.cookie = `closed=1`;"),
        (IS_CLOSED, 'localStorage.getItem(CLOSED) && !document.cookie.includes("closed=1") || ' + IS_CLOSED),
        scenario="close on another page",
        check="expect.never.device[0]",
        says="#segment-banner is there",
    ),
    fault(
        "closed once is closed for ever",
        (IS_CLOSED, "localStorage.getItem(CLOSED) === null"),
        scenario="another message",
        check="expect.device[0]",
        says="is not there",
    ),
    # The cookie
    cookie("a cookie for a session", attributes="Path=/; SameSite=Lax; Secure", says="maxAge"),
    cookie("a cookie for years", attributes="Path=/; Max-Age=${400 * DAY_S}; SameSite=Lax; Secure", says="maxAge"),
    cookie("a cookie without SameSite", attributes="Path=/; Max-Age=${30 * DAY_S}; Secure", says="sameSite"),
    cookie(
        "a cookie for everybody", attributes="Path=/; Max-Age=${30 * DAY_S}; SameSite=None; Secure", says="sameSite"
    ),
    cookie("a cookie in the clear", attributes="Path=/; Max-Age=${30 * DAY_S}; SameSite=Lax", says="secure"),
    cookie(
        "a cookie for other sites of the domain",
        attributes=COOKIE + "; Domain=shop.example",
        says="domain",
    ),
    fault(
        "a second cookie, for other sites of the domain",
        ("return id;", "document.cookie = `${VISITOR}=${id}; Path=/; Domain=shop.example; Secure`; return id;"),
        scenario="cookie",
        check="expect.never.device[0]",
        says="must never be seen",
    ),
    fault(
        "a cookie of one page only",
        (COOKIE, COOKIE.removeprefix("Path=/; ")),
        scenario="returning visitor",
        check="expect.never.device[0]",
        says="must never be seen",
    ),
    fault(
        "a new visitor on each page",
        ("known ? known.slice(VISITOR.length + 1) : ", ""),
        scenario="returning visitor",
        check="expect.requests[0]",
        says="query.visitor",
    ),
    fault(
        "no consent is asked for",
        ('consent_categories = ["Advertising"]', "consent_categories = []"),
        file=MANIFEST,
        scenario="no consent",
        check="expect.never.device[1]",
        says="cookie banner_visitor is there",
    ),
    # The pixel
    fault(
        "a pixel that is not sent",
        (PIXEL, ""),
        scenario="pixel",
        check="expect.requests[0]",
        says="nothing was requested from px.banner.example",
    ),
    fault(
        "a pixel that is sent twice",
        (PIXEL, PIXEL + PIXEL.replace("${query}", "${query}&again")),
        scenario="pixel",
        check="expect.requests[1]",
        says="was seen 2 times",
    ),
    fault(
        "a pixel that tells more of the visitor",
        ("path: properties.path,", "path: properties.path, email: analytics.user().traits().email,"),
        scenario="pixel",
        check="expect.requests[0]",
        says="query",
    ),
    fault(
        "a pixel by fetch, without the vendor's cookie",
        (PIXEL, 'fetch(`${PIXEL}?${query}`, { credentials: "omit" });'),
        scenario="third-party cookie",
        check="expect.requests[0]",
        says="headers.cookie",
    ),
    fault(
        "a pixel to somebody else",
        (PIXEL, PIXEL + ' new Image().src = "https://px.broker.example/b.gif";'),
        scenario="pixel",
        check="undeclared-host",
        says="px.broker.example",
    ),
    fault(
        "a blocked pixel that throws",
        (
            PIXEL,
            'const image = new Image(); image.onerror = () => { throw new Error("planted fault"); }; '
            "image.src = `${PIXEL}?${query}`;",
        ),
        scenario="pixel blocked",
        check="plugin-throws",
        says="planted fault",
    ),
    fault(
        "a banner that waits for the pixel",
        (
            LOADED,
            "await new Promise((done) => { const image = new Image(); image.onload = done; image.src = `${PIXEL}?`; });"
            + LOADED,
        ),
        scenario="pixel blocked",
        check="plugin-ready",
        says="never became ready",
    ),
    fault(
        "a banner that tells Segment of itself",
        ("async load() {", 'async load(_, analytics) { analytics.track("Banner Shown");'),
        scenario="banner",
        check="segment-altered",
        says='"Banner Shown"',
    ),
)
