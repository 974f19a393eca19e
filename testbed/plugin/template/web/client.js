// The bundle that Segment's CDN would serve for @NAME@. There is no build step: this file is what runs.
(() => {
  const ENDPOINT = "https://api.@ID@.example/v1/";
  const USER_KEY = "@ID@_user";

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
      }).catch((error) => console.warn(`@NAME@: ${event.type} was not delivered`, error));
    }
  }

