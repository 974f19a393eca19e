import { wording } from "./plain.js";

const { stringify } = JSON; // before any script of the page: one that replaces it must not speak for us

/**
 * The page's end of the harness channel, carried by CDP: messages come in through `take`, which the driver calls with
 * Runtime.evaluate, and go out through the binding that Runtime.addBinding made. `{id, do, ...}` is answered with
 * `{id, ok: true, ...}` or `{id, error: {message, stack}}`; `{event, ...}` is said unasked. The driver's end is
 * testbed/devices/chromium/channel.py.
 *
 * @typedef {{id: number, do: string, [field: string]: any}} Message
 * @typedef {(message: Message) => object | undefined | Promise<object | undefined>} Handler
 *
 * @param {(payload: string) => void} send
 * @param {Record<string, Handler>} handlers by `do`
 * @returns {{take: (message: Message) => void, say: (event: object) => void}}
 */
export function openChannel(send, handlers) {
  const say = (message) => send(stringify(message));

  async function answer(message) {
    const handler = handlers[message.do];
    if (!handler) throw new RangeError(`this harness has no ${JSON.stringify(message.do)}`);
    return handler(message);
  }

  function take(message) {
    answer(message).then(
      (reply) => say({ id: message.id, ok: true, ...reply }),
      (error) => say({ id: message.id, error: { message: wording(error), stack: String(error?.stack ?? "") } }),
    );
  }

  return { take, say };
}
