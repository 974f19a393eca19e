/**
 * Leave the page for another app, or come back: what a browser does to a tab that goes to the background, in its
 * order (Page Visibility; HTML, "page visibility" and "unloading documents"). Headless browsers have no window to
 * hide, so the state and the events are made here.
 *
 * @param {boolean} visible
 */
export function setVisible(visible) {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => !visible });
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (visible ? "visible" : "hidden") });
  if (visible) window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  if (!visible) window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
}
