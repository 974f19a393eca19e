// The bundle that Segment's CDN would serve for Acme. There is no build step: this file is what runs.
(() => {
  const ENDPOINT = "https://api.acme.example/v1/";
  const USER_KEY = "acme_user";

  // In place of the vendor's own SDK, which would be bundled here: it remembers the user, and posts JSON.
  class Client {
    constructor(apiKey) {
      this.apiKey = apiKey;
    }

    identify(event) {
      this.remember(event.userId);
      this.send(event, { traits: event.traits });
    }

    track(event) {
      this.send(event, { event: event.event, properties: event.properties });
    }

    page(event) {
      this.send(event, { event: event.name, properties: event.properties });
    }

    group(event) {
      this.send(event, { groupId: event.groupId, traits: event.traits });
    }

    alias(event) {
      this.remember(event.userId);
      this.send(event, { previousId: event.previousId });
    }

    // The user logged out.
    reset() {
      localStorage.removeItem(USER_KEY);
    }

    remember(userId) {
      if (userId) localStorage.setItem(USER_KEY, userId);
    }

    send(event, fields) {
      const body = {
        apiKey: this.apiKey,
        type: event.type,
        userId: localStorage.getItem(USER_KEY) ?? undefined,
        anonymousId: event.anonymousId,
        ...fields,
        timestamp: event.timestamp,
        messageId: event.messageId,
      };
      fetch(ENDPOINT + event.type, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        keepalive: true, // the request outlives the page
      }).catch((error) => console.warn(`Acme: ${event.type} was not delivered`, error));
    }
  }

  // analytics.js gets its plugin from here, with the settings that Segment holds for the destination.
  window.acmeDestination = (settings) => {
    const client = new Client(settings.apiKey);
    let loaded = false;
    const passOn = (context) => {
      client[context.event.type](context.event);
      return context;
    };
    return {
      name: "Acme",
      version: "0.1.0",
      type: "destination",
      async load(context, analytics) {
        // analytics.reset() calls no destination: it only says so.
        analytics.on("reset", () => client.reset());
        loaded = true; // a real SDK is loaded once its script is; until then analytics.js keeps the events
      },
      isLoaded: () => loaded,
      identify: passOn,
      track: passOn,
      page: passOn,
      group: passOn,
      alias: passOn,
    };
  };
})();
