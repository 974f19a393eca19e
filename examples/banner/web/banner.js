// The bundle that Segment's CDN would serve for Banner. There is no build step: this file is what runs.
(() => {
  const PIXEL = "https://px.banner.example/seen.gif";
  const VISITOR = "banner_visitor"; // a cookie of the customer's site: the visitor's id for the vendor
  const CLOSED = "banner_closed"; // in localStorage: the message that the visitor has closed
  const DAY_S = 24 * 60 * 60;

  function visitorId() {
    const known = document.cookie.split("; ").find((pair) => pair.startsWith(`${VISITOR}=`));
    const id = known ? known.slice(VISITOR.length + 1) : crypto.randomUUID();
    // For the whole site, and for no other one; each visit gives it another 30 days.
    document.cookie = `${VISITOR}=${id}; Path=/; Max-Age=${30 * DAY_S}; SameSite=Lax; Secure`;
    return id;
  }

  // A third party's image, which is asked for with the vendor's cookies, and may well be blocked: nothing waits for it.
  function sendPixel(fields) {
    const query = new URLSearchParams(fields);
    new Image().src = `${PIXEL}?${query}`;
  }

  // The message is the customer's text, and stays text: none of it is read as HTML.
  function show({ message, button }) {
    const banner = document.createElement("div");
    banner.id = "segment-banner";
    banner.setAttribute("role", "status");
    banner.style.cssText = "position: fixed; inset: auto 0 0 0; padding: 1em; background: #fff; color: #000";
    const text = document.createElement("span");
    text.textContent = message;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = button;
    close.addEventListener("click", () => {
      localStorage.setItem(CLOSED, message);
      banner.remove();
    });
    banner.append(text, " ", close);
    document.body.append(banner);
  }

  function bodyIsThere() {
    if (document.body) return undefined;
    return new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  }

  // analytics.js gets its plugin from here, with the settings that Segment holds for the destination.
  window.bannerDestination = ({ account, message, button = "Close" }) => {
    let loaded = false;
    let visitor;
    return {
      name: "Banner",
      version: "0.1.0",
      type: "destination",
      async load() {
        visitor = visitorId();
        await bodyIsThere();
        if (message && localStorage.getItem(CLOSED) !== message) show({ message, button });
        loaded = true;
      },
      isLoaded: () => loaded,
      page(context) {
        const { name, properties } = context.event;
        const shown = document.querySelector("#segment-banner") ? "1" : "0";
        sendPixel({ account, visitor, page: name ?? "", path: properties.path, shown });
        return context;
      },
    };
  };
})();
