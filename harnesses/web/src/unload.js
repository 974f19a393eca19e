/**
 * Reports what the page sends while it is being left, since nothing else does: the browser's debugging protocol does not
 * show requests of a page that is gone. Each is passed on untouched.
 */
export class Unload {
  #leaving = false;
  #say;

  /** @param {(event: object) => void} say */
  constructor(say) {
    this.#say = say;
    wrap(Navigator.prototype, "sendBeacon", (queued, [url]) => queued && this.#sent(url));
    wrap(window, "fetch", (_answer, [input, options]) => {
      if (options?.keepalive ?? input?.keepalive) this.#sent(input?.url ?? input);
    });
  }

  leave() {
    this.#leaving = true;
    location.href = "about:blank";
  }

  #sent(url) {
    if (this.#leaving) this.#say({ event: "beacon", url: String(url) });
  }
}

/** A Proxy keeps the native function's looks: its name, its length and its source text. */
function wrap(owner, name, after) {
  owner[name] = new Proxy(owner[name], {
    apply(target, self, args) {
      const result = Reflect.apply(target, self, args);
      after(result, args);
      return result;
    },
  });
}
