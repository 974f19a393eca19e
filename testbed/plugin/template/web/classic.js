  // What analytics.js asks of a classic integration: settings in the constructor, `initialize`, `invoke`, and an
  // emitter that says "initialize" and "ready". (@segment/analytics.js-integration on npm has all of this.)
  class Integration {
    constructor(settings) {
      this.client = new Client(settings.apiKey);
      this.listeners = [];
    }

    initialize() {
      // analytics.reset() calls no destination: it only says so.
      this.analytics.on("reset", () => this.client.reset());
      this.emit("initialize");
      this.emit("ready"); // a real SDK is ready once its script has loaded; until then analytics.js keeps the events
    }

    invoke(method, facade) {
      if (["identify", "track", "page", "group", "alias"].includes(method)) this.client[method](facade.json());
    }

    on(name, listener) {
      this.listeners.push({ name, listener });
    }

    once(name, listener) {
      const first = (...values) => {
        this.off(name, first);
        listener(...values);
      };
      this.on(name, first);
    }

    off(name, listener) {
      this.listeners = this.listeners.filter((entry) => entry.name !== name || (listener && entry.listener !== listener));
    }

    emit(name, ...values) {
      for (const entry of this.listeners.filter((entry) => entry.name === name)) entry.listener(...values);
    }
  }

  Integration.prototype.name = "@NAME@";

  // The global's name follows from the plugin's name.
  window["@SLUG@Integration"] = Integration;
})();
