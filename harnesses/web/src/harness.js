/**
 * The web harness: runs before any script of the page, in every frame, and serves the harness channel in the top one.
 */
import { failures, makeCall, METHODS, within } from "./calls.js";
import { openChannel } from "./channel.js";
import { addChrome } from "./chrome.js";
import { facts, settledFacts } from "./health.js";
import { Loader } from "./load.js";
import { plain } from "./plain.js";
import { Sdk } from "./sdk.js";
import { watchSignals } from "./signals.js";
import { Unload } from "./unload.js";
import { setVisible } from "./visibility.js";

const SEND = "__testbedSend"; // the CDP binding

const { now } = Date; // before any script of the page

function install() {
  const send = window[SEND].bind(window);
  const sdk = new Sdk();
  const loader = new Loader();
  const told = new Map(); // call context -> how much of its log was told already
  const look = () => {
    if (!loader.plugin) return { sdk: "failed", reason: "the page did not call __testbed.load", plugins: [], failures: [] };
    return facts(sdk, loader.plugin, loader.registration);
  };

  const call = async (step) => {
    const before = sdk.calls.length;
    const reply = await makeCall(sdk, step, channel.say);
    for (const ctx of sdk.calls.slice(before)) told.set(ctx, ctx.logs().length);
    return reply;
  };

  /** What destinations threw since the calls were answered. */
  const late = () =>
    sdk.calls.flatMap((ctx) => {
      const fresh = failures(ctx, told.get(ctx) ?? 0);
      told.set(ctx, ctx.logs().length);
      return fresh.map((failure) => ({ ...failure, messageId: ctx.event.messageId }));
    });

  const channel = openChannel(send, {
    ...Object.fromEntries(METHODS.map((method) => [method, call])),
    setup: async ({ within_ms }) => ({ value: await settledFacts(look, within_ms) }),
    giveup: ({ reason }) => {
      sdk.givenUp = reason;
    },
    health: () => ({ value: look(), late: late() }),
    reset: () => {
      window.analytics.reset();
    },
    consent: async ({ categories, within_ms }) => {
      const before = sdk.calls.length;
      loader.consent(categories);
      const ctx = sdk.calls[before];
      if (!ctx) return {};
      return { messageId: ctx.event.messageId, settled: await within(within_ms, sdk.offered(ctx)) };
    },
    leave: () => unload.leave(),
    background: () => setVisible(false),
    foreground: () => setVisible(true),
  });

  // What destinations threw is lost with the page, whoever leaves it. Ours is the first listener: nothing was thrown yet
  // by what others do here.
  window.addEventListener("pagehide", ({ isTrusted }) => {
    const last = isTrusted ? late() : [];
    if (last.length > 0) channel.say({ event: "late", late: last });
  }, true);

  const unload = new Unload(channel.say);
  watchSignals(channel.say);
  const harness = { take: channel.take, load: (options) => loader.load(options), plain, now };
  Object.defineProperty(window, "__testbed", { value: Object.freeze(harness) });
  channel.say({ event: "ready", url: location.href });
}

addChrome();
if (window === window.top && location.protocol.startsWith("http")) install();
