"""Faults of a source, planted into examples/clicks: there is no vendor, and Segment is told too little or too much."""

from __future__ import annotations

from tests.e2e.conftest import Patch
from tests.e2e.faults import Fault

BUNDLE = "web/clicks.js"
TELL = "outbox.put(name, properties, { context, timestamp: new Date() });"
KEEP = "sessionStorage.setItem(OUTBOX, JSON.stringify(this.calls));"
LISTEN = 'document.addEventListener("click", onClick, { capture: true });'


def fault(name: str, old: str, new: str, *, scenario: str, check: str, says: str) -> Fault:
    patch = Patch(BUNDLE, old, new)
    return Fault(name=name, example="clicks", patches=(patch,), scenario=scenario, check=check, says=says)


CLICKS = (
    fault(
        "a source that sends nothing",
        LISTEN,
        "",
        scenario="click",
        check="expect.segment[0]",
        says="Clicks made none",
    ),
    fault(
        "a source that sends twice",
        TELL,
        TELL * 2,
        scenario="click",
        check="segment-others",
        says='"Element Clicked" 1 more time than the 1 expected',
    ),
    fault(
        "a source that listens twice after a reload",
        LISTEN,
        LISTEN + 'if (performance.getEntriesByType("navigation")[0].type === "reload") '
        'document.addEventListener("click", (event) => onClick(event));',
        scenario="restart",
        check="segment-others",
        says="1 more time than the 2 expected",
    ),
    fault(
        "a source that tells from each page what it told from the last",
        "this.calls.splice(0)",
        "[...this.calls]",
        scenario="restart",
        check="segment-others",
        says="than the 2 expected",
    ),
    fault(
        "a source that talks where nothing happens",
        "loaded = true;",
        'loaded = true; analytics.track("Clicks Loaded");',
        scenario="quiet",
        check="segment-others",
        says='"Clicks Loaded"',
    ),
    fault(
        "a source that talks long after",
        "loaded = true;",
        'loaded = true; setTimeout(() => analytics.track("Visitor Idle"), 45_000);',
        scenario="quiet",
        check="segment-others",
        says='"Visitor Idle"',
    ),
    fault(
        "a source that changes what the site says",
        "loaded = true;",
        "loaded = true; analytics.addSourceMiddleware(({ payload, next }) => "
        '{ payload.obj.properties = { path: "/" }; payload.obj.event = payload.obj.event && "Read"; next(payload); });',
        scenario="quiet",
        check="segment-altered",
        says='"Read"',
    ),
    fault(
        "a source that reads a password",
        "text: textOf(element)",
        "text: element.value || textOf(element)",
        scenario="privacy",
        check="expect.never.requests[0]",
        says="must never be seen",
    ),
    fault(
        "a source that reads what is typed into the page itself",
        "|| element.closest(FIELD) || element.querySelector(FIELD)) return",
        "&& !element.isContentEditable) return",
        scenario="privacy",
        check="expect.never.requests[0]",
        says="must never be seen",
    ),
    fault(
        "a source that tells of a link with its token",
        "origin + pathname",
        "element.href",
        scenario="leave the page",
        check="expect.never.segment[0]",
        says="must never be seen",
    ),
    fault(
        "a source that throws in its listener",
        "if (!(event.target instanceof Element)) return;",
        'throw new TypeError("planted fault");',
        scenario="click",
        check="plugin-throws",
        says="uncaught exception in the plugin: TypeError: planted fault",
    ),
    fault(
        "a source that loses what it holds when the page is left",
        KEEP,
        "",
        scenario="leave the page",
        check="expect.segment[0]",
        says="Clicks made none",
    ),
    fault(
        "a source that waits for no consent",
        "window.clicksSource =",
        'document.addEventListener("click", () => window.analytics.track("Element Clicked", { selector: "?" }));\n'
        "window.clicksSource =",
        scenario="consent",
        check="segment-others",
        says='"Element Clicked"',
    ),
    fault(
        "a source that cannot be switched off",
        "window.clicksSource =",
        'document.addEventListener("click", () => window.analytics.track("Element Clicked", { selector: "?" }));\n'
        "window.clicksSource =",
        scenario="off",
        check="segment-others",
        says='"Element Clicked"',
    ),
    fault(
        "a source that floods",
        "return count <= perSecond;",
        "return true;",
        scenario="burst",
        check="segment-others",
        says="97 more times than the 3 expected",
    ),
    fault(
        "a source that hides who speaks",
        'integration: { name: "Clicks", version: VERSION }, ',
        "",
        scenario="click",
        check="expect.segment[0]",
        says="options.context.integration",
    ),
    fault(
        "a source that loses errors",
        'window.addEventListener("error", onError);',
        "",
        scenario="errors",
        check="expect.segment[1]",
        says="Error Occurred",
    ),
    fault(
        "a source that talks to somebody else as well",
        TELL,
        TELL + ' navigator.sendBeacon("https://heat.example/map", name);',
        scenario="click",
        check="undeclared-host",
        says="heat.example",
    ),
)
