import { wording } from "./plain.js";

/**
 * What the driver needs to know to say how the plugin fares; it, not this, draws the conclusion.
 *
 * @typedef {{name: string, slug: string, style: string, library: string | null}} Plugin the plugin under test
 *
 * @param {import("./sdk.js").Sdk} sdk
 * @param {Plugin} plugin
 * @param {{names: string[], error: string} | undefined} registration what load() registered, for the register style
 */
export function facts(sdk, plugin, registration) {
  const { analytics } = sdk;
  const settings = sdk.loading?.settings?.cdnSettings;
  return {
    sdk: analytics ? "ready" : sdk.givenUp || sdk.failedScripts.size ? "failed" : "loading",
    reason: sdk.givenUp,
    failed_scripts: [...sdk.failedScripts],
    global: typeof globalOf(plugin),
    plugins: mine(sdk, plugin, registration).map(state),
    failures: sdk.failures
      .filter(({ plugin: name }) => named(name, plugin, registration))
      .map(({ error }) => ({ error: wording(error), stack: String(error?.stack ?? "") })),
    registration: registration?.error ?? "",
    listed: Boolean(settings?.integrations?.[plugin.name] || remote(settings, plugin)),
    integrations: Object.fromEntries(
      Object.entries(analytics?.options?.integrations ?? {}).map(([name, value]) => [name, value !== false]),
    ),
  };
}

/**
 * Wait until the SDK took the plugin or gave up on it, at most `within_ms`.
 *
 * @param {() => ReturnType<typeof facts>} look
 * @param {number} limit
 * @returns {Promise<ReturnType<typeof facts>>}
 */
export function settledFacts(look, limit) {
  const end = performance.now() + limit;
  return new Promise((resolve) => {
    const check = () => {
      const seen = look();
      if (seen.sdk === "failed" || decided(seen) || performance.now() >= end) resolve(seen);
      else setTimeout(check, 5);
    };
    check();
  });
}

function decided({ sdk, plugins, failures }) {
  if (sdk !== "ready") return false;
  // Plugins enter the queue before the SDK calls itself initialized: one that is not there will not come.
  return failures.length > 0 || plugins.every(({ ready }) => ready);
}

function state(plugin) {
  let loaded = false;
  let error = "";
  try {
    loaded = Boolean(plugin.isLoaded());
  } catch (thrown) {
    error = wording(thrown);
  }
  // LegacyDestination holds calls back until both of its events came; ActionDestination until load() has settled.
  const initialized = "_initialized" in plugin || "initializePromise" in plugin ? plugin._initialized === true : true;
  const settled = plugin.loadPromise?.isSettled?.() ?? true;
  return { name: String(plugin.name), type: String(plugin.type), ready: loaded && initialized && settled, loaded, error };
}

function mine(sdk, plugin, registration) {
  return (sdk.loading?.queue?.plugins ?? []).filter(({ name }) => named(name, plugin, registration));
}

function named(name, plugin, registration) {
  return plugin.style === "register" ? (registration?.names ?? []).includes(name) : name === plugin.name;
}

function remote(settings, plugin) {
  return (settings?.remotePlugins ?? []).some(({ name, creationName }) => [name, creationName].includes(plugin.name));
}

function globalOf({ style, slug, library }) {
  return window[style === "classic" ? `${slug}Integration` : library];
}
