import { wording } from "./plain.js";

/**
 * @typedef {object} LoadOptions what the customer's page hands to `__testbed.load`
 * @property {string} writeKey
 * @property {Record<string, any>} integrations the SDK's load option
 * @property {Record<string, boolean> | null} consent the user's choice by category; null: the site asks nobody
 * @property {{name: string, slug: string, style: string, library: string | null}} plugin
 */

/** Loads analytics.js with the plugin under test, as a customer's page does. */
export class Loader {
  /** @type {LoadOptions["plugin"] | undefined} */ plugin;
  /** @type {{names: string[], error: string} | undefined} */ registration;
  /** @type {Record<string, boolean>} */ #categories = {};
  /** @type {((categories: Record<string, boolean>) => void) | undefined} */ #announce;
  #asksConsent = false;

  /** @param {LoadOptions} options */
  load({ writeKey, integrations, consent, plugin }) {
    this.plugin = plugin;
    const options = { integrations };
    if (plugin.style === "register") {
      options.updateCDNSettings = (settings) => this.#register(settings, plugin);
    }
    if (consent !== null) this.#askConsent(consent);
    window.analytics.load(writeKey, options);
  }

  /**
   * The user changed their mind. Consent tools report it as "Segment Consent Preference Updated"; what that change
   * loads or unloads is seen at the next load (their opt-in model).
   *
   * @param {Record<string, boolean>} categories
   */
  consent(categories) {
    if (!this.#asksConsent) throw new Error("this page asks for no consent");
    Object.assign(this.#categories, categories);
    this.#announce?.({ ...this.#categories });
  }

  #askConsent(consent) {
    this.#asksConsent = true;
    this.#categories = { ...consent };
    window.__testbedConsent.createWrapper({
      shouldLoadSegment: (ctx) => ctx.load({ consentModel: "opt-in" }),
      getCategories: () => ({ ...this.#categories }),
      registerOnConsentChanged: (announce) => {
        this.#announce = announce;
      },
    })(window.analytics);
  }

  /**
   * analytics.register(plugin), with the plugin's entry in the settings document deciding, as for the other styles,
   * whether there is a plugin and with what settings. The SDK calls this before it registers what the page asked for.
   */
  #register(settings, { name, library }) {
    const entry = settings.integrations?.[name];
    if (!entry) return settings;
    this.registration = { names: [], error: "" };
    try {
      const made = typeof window[library] === "function" ? window[library](own(entry)) : window[library];
      if (made) {
        const plugins = [made].flat();
        this.registration.names = plugins.map((plugin) => String(plugin.name));
        window.analytics.register(...plugins);
      } else if (window[library] !== undefined) {
        this.registration.error = "it gave no plugin";
      }
    } catch (error) {
      this.registration.error = wording(error);
      console.error(`window.${library} threw`, error);
    }
    return settings;
  }
}

/** A settings entry without Segment's own keys. */
function own({ type, bundlingStatus, versionSettings, consentSettings, ...settings }) {
  return settings;
}
