/**
 * What can be learnt of analytics.js from outside. Nothing here changes what the SDK does.
 *
 * `window.__SEGMENT_INSPECTOR__.attach` is the SDK's own door for Segment's inspector: it is handed the instance before
 * any plugin is registered (analytics-next, core/inspector).
 */
export class Sdk {
  /** @type {any} */ #attached;
  /** @type {any[]} what each register() call of the SDK's queue logs to */ #contexts = [];
  /** @type {any[]} every call's context */ #calls = [];
  /** @type {Set<string>} URLs of scripts that did not load */ failedScripts = new Set();
  /** @type {string} why the driver says that the SDK will not come up */ givenUp = "";

  constructor() {
    window.__SEGMENT_INSPECTOR__ = { ...window.__SEGMENT_INSPECTOR__, attach: (analytics) => this.#attach(analytics) };
    window.addEventListener("error", ({ target }) => {
      if (target instanceof HTMLScriptElement) this.failedScripts.add(target.src);
    }, true);
  }

  /** The real instance, once it is initialized; undefined before, when `window.analytics` is the snippet's stub. */
  get analytics() {
    if (this.#attached?.initialized) return this.#attached;
    // A disabled SDK (no consent at all) is never attached.
    return window.analytics?.initialized ? window.analytics : undefined;
  }

  /** The instance while it is still loading plugins. */
  get loading() {
    return this.#attached ?? this.analytics;
  }

  /** What plugins failed to load, as the SDK logged it. */
  get failures() {
    const logs = this.#contexts.flatMap((ctx) => ctx.logs());
    return logs
      .filter(({ message }) => message === "Failed to load destination")
      .map(({ extras }) => ({ plugin: String(extras?.plugin), error: extras?.error }));
  }

  /** Every call's context so far. A classic destination may be handed a call long after the SDK took it. */
  get calls() {
    return this.#calls;
  }

  /** Resolves when the SDK has offered the call to every destination (analytics-core, queue/event-queue). */
  offered(ctx) {
    const { queue } = this.#attached;
    return new Promise((resolve) => {
      const done = (other) => other.isSame(ctx) && resolve(true);
      queue.on("delivery_success", done);
      queue.on("delivery_failure", done);
    });
  }

  #attach(analytics) {
    this.#attached = analytics;
    const register = analytics.queue.register;
    analytics.queue.register = (ctx, ...rest) => {
      this.#contexts.push(ctx);
      return register.call(analytics.queue, ctx, ...rest);
    };
    analytics.on("dispatch_start", (ctx) => this.#calls.push(ctx));
  }
}
