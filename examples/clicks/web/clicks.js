// The script that a customer's page loads for Clicks. There is no build step: this file is what runs.
(() => {
  const VERSION = "0.1.0";
  const CLICKABLE = "a[href], button, [role=button], summary, label";
  const FIELD = "input, textarea, select, [contenteditable]";
  const LONGEST = 80;
  const OUTBOX = "clicks_outbox";
  const WAIT_MS = 5000;

  // Where the element is, from the nearest one with an id. Ids, tags and positions are the site's; classes may be states.
  function selectorOf(element) {
    if (element.id) return `#${CSS.escape(element.id)}`;
    const { localName, parentElement } = element;
    if (element === document.body || !parentElement) return localName;
    const alike = [...parentElement.children].filter((each) => each.localName === localName);
    const place = alike.length > 1 ? `:nth-of-type(${alike.indexOf(element) + 1})` : "";
    return `${selectorOf(parentElement)} > ${localName}${place}`;
  }

  // What the site wrote on the element. What a visitor typed is never read: not of a field, nor of what holds one.
  function textOf(element) {
    if (!element.matches(CLICKABLE) || element.closest(FIELD) || element.querySelector(FIELD)) return undefined;
    return element.textContent.replace(/\s+/g, " ").trim().slice(0, LONGEST) || undefined;
  }

  // The page that a link leads to, without the query and the fragment, where sites put people's data and tokens.
  function hrefOf(element) {
    const { protocol, origin, pathname } = element;
    return element.matches("a[href]") && /^https?:$/.test(protocol) ? origin + pathname : undefined;
  }

  // At most `perSecond` a second, so that a loop of the page's makes no flood.
  function limited(perSecond) {
    let since = -Infinity;
    let count = 0;
    return (now) => {
      if (now - since >= 1000) [since, count] = [now, 0];
      count += 1;
      return count <= perSecond;
    };
  }

  // When a page is left, analytics.js may not be done with what it was told just before. So calls wait for a moment, in
  // the storage of the tab; those that a page is left with are told from the next one.
  class Outbox {
    constructor(analytics) {
      this.analytics = analytics;
      this.calls = JSON.parse(sessionStorage.getItem(OUTBOX) ?? "[]");
      this.tell();
    }

    put(...call) {
      this.calls.push(call);
      this.save();
      this.timer ??= setTimeout(() => this.tell(), WAIT_MS);
    }

    tell() {
      this.timer = undefined;
      const calls = this.calls.splice(0);
      this.save();
      for (const [name, properties, options] of calls) this.analytics.track(name, properties, options);
    }

    save() {
      sessionStorage.setItem(OUTBOX, JSON.stringify(this.calls));
    }
  }

  function collect(analytics, { perSecond = 5 }) {
    const outbox = new Outbox(analytics);
    const mayTell = limited(perSecond);
    const tell = (event, name, properties) => {
      if (!mayTell(event.timeStamp)) return;
      const { title, referrer, location } = document;
      const { href: url, pathname: path, search } = location;
      const context = { integration: { name: "Clicks", version: VERSION }, page: { path, referrer, search, title, url } };
      outbox.put(name, properties, { context, timestamp: new Date() });
    };

    // Before the page's own listeners, which may stop the event or remove the element.
    const onClick = (event) => {
      if (!(event.target instanceof Element)) return;
      const element = event.target.closest(`${CLICKABLE}, ${FIELD}`) ?? event.target;
      tell(event, "Element Clicked", { selector: selectorOf(element), text: textOf(element), href: hrefOf(element) });
    };
    const onError = (event) => {
      tell(event, "Error Occurred", { message: event.message, line: event.lineno });
    };
    const onRejection = (event) => {
      tell(event, "Error Occurred", { message: String(event.reason?.message ?? event.reason) });
    };
    document.addEventListener("click", onClick, { capture: true });
    window.addEventListener("error", onError);
    window.addEventListener("unhandledrejection", onRejection);
  }

  // The page registers what this gives, with the settings that Segment holds for the source. A plugin of the type
  // "utility" is loaded with the SDK and handed no events: it is there to make them.
  window.clicksSource = (settings) => {
    let loaded = false;
    return {
      name: "Clicks",
      version: VERSION,
      type: "utility",
      async load(_context, analytics) {
        collect(analytics, settings);
        loaded = true;
      },
      isLoaded: () => loaded,
    };
  };
})();
