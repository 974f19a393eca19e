/**
 * Tells who looks at what gives automation away. The values stay what they are: this only knows that they were read, and
 * by whose code. A vendor that sees a robot goes silent, and does not say why (posthog-js, Plausible).
 */
const SIGNALS = ["webdriver", "userAgent", "userAgentData", "plugins"];
const STACKS = 100; // of each signal: who reads more often is known by then
const FRAMES = 50;

/** @param {(event: object) => void} say */
export function watchSignals(say) {
  for (const name of SIGNALS) {
    const descriptor = Object.getOwnPropertyDescriptor(Navigator.prototype, name);
    if (!descriptor) continue; // userAgentData is for secure pages alone
    const known = new Set();
    const get = new Proxy(descriptor.get, {
      apply(target, self, args) {
        if (known.size < STACKS) {
          const stack = stackOf();
          if (!known.has(stack)) {
            known.add(stack);
            say({ event: "looked", signal: `navigator.${name}`, stack });
          }
        }
        return Reflect.apply(target, self, args);
      },
    });
    Object.defineProperty(Navigator.prototype, name, { ...descriptor, get });
  }
}

function stackOf() {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  return String(stack);
}
