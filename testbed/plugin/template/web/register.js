  // The site passes what this returns to analytics.register(), with the settings that it has for @NAME@.
  window.@LIBRARY@ = (settings) => {
    const client = new Client(settings.apiKey);
    let loaded = false;
    const passOn = (context) => {
      client[context.event.type](context.event);
      return context;
    };
    return {
      name: "@NAME@",
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
