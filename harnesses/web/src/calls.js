import { wording } from "./plain.js";

/**
 * Segment's calls, with the argument lists of analytics-next (core/arguments-resolver): whatever the step leaves out
 * is left out of the call.
 *
 * @type {Record<string, (step: any) => any[]>}
 */
const ARGUMENTS = {
  identify: ({ userId, traits, options }) => [...given(userId), traits ?? {}, options ?? {}],
  group: ({ groupId, traits, options }) => [groupId, traits ?? {}, options ?? {}],
  track: ({ event, properties, options }) => [event, properties ?? {}, options ?? {}],
  page: viewed,
  screen: viewed,
  alias: ({ userId, previousId, options }) => [userId, ...given(previousId), options ?? {}],
};

export const METHODS = Object.keys(ARGUMENTS);

/**
 * Make one call, as the customer's code would, and wait until the SDK has offered it to every destination, at most
 * `within_ms`. On the stub of an SDK that never came up the call is buffered, as it would be on a customer's page.
 *
 * @param {import("./sdk.js").Sdk} sdk
 * @param {any} step
 * @param {(event: object) => void} say
 */
export async function makeCall(sdk, step, say) {
  const method = step.do;
  if (typeof window.analytics?.[method] !== "function") throw new Error(`window.analytics has no ${method}()`);
  const before = sdk.calls.length;
  const outcome = window.analytics[method](...ARGUMENTS[method](step));
  const ctx = sdk.calls[before]; // dispatched synchronously: the first new one is ours
  if (!ctx) {
    await outcome; // rejects when the SDK refuses the arguments
    return { buffered: !sdk.analytics };
  }
  const messageId = ctx.event.messageId;
  say({ event: "called", id: step.id, messageId });
  const settled = await within(step.within_ms ?? 0, outcome);
  return { messageId, settled, delivery: failures(ctx, 0) };
}

/**
 * What destinations threw for one call, as the SDK logged it (analytics-core, queue/delivery: "plugin Error").
 *
 * @param {any} ctx
 * @param {number} from how many entries of the call's log to skip
 * @returns {{plugin: string, error: string, stack: string}[]}
 */
export function failures(ctx, from) {
  return ctx
    .logs()
    .slice(from)
    .filter(({ level, extras }) => level === "error" && extras?.plugin)
    .map(({ extras }) => ({
      plugin: String(extras.plugin),
      error: wording(extras.error),
      stack: String(extras.error?.stack ?? ""),
    }));
}

/** Whether `outcome` settles within `limit` ms. */
export async function within(limit, outcome) {
  const timer = {};
  const late = new Promise((resolve) => {
    timer.id = setTimeout(resolve, limit, false);
  });
  try {
    return await Promise.race([Promise.resolve(outcome).then(() => true), late]);
  } finally {
    clearTimeout(timer.id);
  }
}

function viewed({ category, name, properties, options }) {
  return [...given(category), ...given(name), properties ?? {}, options ?? {}];
}

function given(value) {
  return value === undefined || value === null ? [] : [value];
}
