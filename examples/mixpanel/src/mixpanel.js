/**
 * Mixpanel for Segment's analytics.js: a classic integration around Mixpanel's own SDK, which is bundled in.
 *
 * analytics.js makes one with the settings that Segment serves, waits until it is ready, and hands it every call as a
 * Facade (npm: @segment/facade). What is sent comes from its `rawEvent()`, the call as it is: what else a Facade gives
 * has Date objects in place of ISO dates, of which mixpanel.track() makes `{}`.
 */
import createIntegration from "@segment/analytics.js-integration";
import mixpanel from "mixpanel-browser/src/loaders/loader-module-core"; // the SDK without session replay

import { pageEvent } from "./page.js";
import { groupProfile, userProfile } from "./profile.js";

/** The options are the settings in Segment's interface, with their defaults. */
export const Mixpanel = createIntegration("Mixpanel")
  .global("mixpanel")
  .option("token", "")
  .option("enableEuropeanUnionEndpoint", false)
  .option("persistence", "cookie") // or "localStorage"
  .option("people", false) // write the traits to the user's profile
  .option("setAllTraitsByDefault", true) // send the traits with every event from then on, as super properties
  .option("consolidatedPageCalls", true) // every page is "Loaded a Page"
  .option("trackCategorizedPages", false) // a page with a category is "Viewed CATEGORY NAME Page"
  .option("trackNamedPages", false) // a page with a name is "Viewed NAME Page"
  .option("groupIdentifierTraits", []); // the project's group keys; without one, group calls are not sent

Mixpanel.prototype.initialize = function () {
  const { token, enableEuropeanUnionEndpoint, persistence } = this.options;
  if (!token) throw new Error("Mixpanel is off: its setting `token` is empty");
  mixpanel.init(token, {
    api_host: enableEuropeanUnionEndpoint ? "https://api-eu.mixpanel.com" : "https://api-js.mixpanel.com",
    persistence,
  });
  window.mixpanel = mixpanel; // Segment's docs tell customers to find it there
  // On every page the SDK holds profile updates back until identify() is called. Who is known already need not wait.
  if (mixpanel.get_property("$user_id")) mixpanel.identify(mixpanel.get_distinct_id());
  // analytics.js calls no method of a destination when the user logs out.
  this.analytics.on("reset", () => mixpanel.reset());
  queueMicrotask(this.ready); // not before analytics.js was told of "initialize", when this returns
};

Mixpanel.prototype.identify = function (identify) {
  const id = identify.userId();
  const traits = userProfile(json(identify.rawEvent().traits));
  const known = mixpanel.get_property("$user_id");
  if (id && known && id !== known) mixpanel.reset(); // another user, who has nothing of the last one's
  if (id) mixpanel.identify(id);
  if (this.options.setAllTraitsByDefault) mixpanel.register(traits);
  if (this.options.people) mixpanel.people.set(traits);
};

Mixpanel.prototype.track = function (track) {
  send(track.event(), track);
};

Mixpanel.prototype.page = function (page) {
  const event = pageEvent(page, this.options);
  if (event) send(event, page);
};

Mixpanel.prototype.group = function (group) {
  const id = group.groupId();
  if (!id) return;
  for (const key of this.options.groupIdentifierTraits) {
    mixpanel.set_group(key, id);
    mixpanel.get_group(key, id).set(groupProfile(json(group.rawEvent().traits)));
  }
};

Mixpanel.prototype.alias = function (alias) {
  // Without a previous id it is who Mixpanel takes the visitor for. Segment's anonymous id says nothing to Mixpanel,
  // which has one of its own.
  const named = alias.from() && alias.from() !== this.analytics.user().anonymousId();
  mixpanel.alias(alias.to(), named ? alias.from() : undefined);
};

/** What was done on the device, when it was done, with its properties as they are. */
function send(event, facade) {
  const { distinct_id, ...properties } = json(facade.rawEvent().properties); // it would make the event somebody else's
  if (properties.revenue !== undefined) properties.revenue = amount(properties.revenue);
  mixpanel.track(event, { ...properties, time: facade.timestamp() / 1000 });
}

/** Mixpanel sums numbers only; customers also send "25.00" and "$25.00". What is no number stays what it is. */
function amount(revenue) {
  const text = typeof revenue === "string" ? revenue.trim().replace(/^\$/, "") : "";
  return text === "" || Number.isNaN(Number(text)) ? revenue : Number(text);
}

/** What Segment itself is told: a Date of the customer's is its ISO text. */
function json(values = {}) {
  return JSON.parse(JSON.stringify(values));
}
