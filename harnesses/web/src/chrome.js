/**
 * `window.chrome`, which every window of a Chrome has and a headless one lacks: what a page without extensions finds in
 * it. Workers have none.
 */
export function addChrome() {
  if ("chrome" in window) return;
  const { timeOrigin } = performance;
  const timing = () => performance.getEntriesByType("navigation")[0] ?? { domContentLoadedEventEnd: 0, loadEventEnd: 0 };
  const at = (offset) => (offset ? (timeOrigin + offset) / 1000 : 0);
  const loadTimes = () => ({
    requestTime: at(1),
    startLoadTime: at(1),
    commitLoadTime: at(timing().responseStart || 1),
    finishDocumentLoadTime: at(timing().domContentLoadedEventEnd),
    finishLoadTime: at(timing().loadEventEnd),
    firstPaintTime: 0,
    firstPaintAfterLoadTime: 0,
    navigationType: "Other",
    wasFetchedViaSpdy: false,
    wasNpnNegotiated: false,
    npnNegotiatedProtocol: "http/1.1",
    wasAlternateProtocolAvailable: false,
    connectionInfo: "http/1.1",
  });
  const csi = () => ({
    startE: Math.round(timeOrigin),
    onloadT: Math.round(timeOrigin + timing().domContentLoadedEventEnd),
    pageT: performance.now(),
    tran: 15,
  });
  const app = {
    isInstalled: false,
    InstallState: { DISABLED: "disabled", INSTALLED: "installed", NOT_INSTALLED: "not_installed" },
    RunningState: { CANNOT_RUN: "cannot_run", READY_TO_RUN: "ready_to_run", RUNNING: "running" },
    getDetails: native(() => null),
    getIsInstalled: native(() => false),
  };
  const value = { loadTimes: native(loadTimes), csi: native(csi), app };
  Object.defineProperty(window, "chrome", { value, writable: true, enumerable: true, configurable: false });
}

/** A bound function's text is that of a native one. */
function native(work) {
  return work.bind(undefined);
}
