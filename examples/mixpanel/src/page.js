/**
 * The event that a page call is to Mixpanel, which has no pages of its own; none where the settings leave it out.
 *
 * @param {import("@segment/facade").Page} page
 * @param {{consolidatedPageCalls: boolean, trackCategorizedPages: boolean, trackNamedPages: boolean}} settings
 * @returns {string | undefined}
 */
export function pageEvent(page, { consolidatedPageCalls, trackCategorizedPages, trackNamedPages }) {
  const [category, name] = [page.category(), page.name()];
  if (consolidatedPageCalls) return "Loaded a Page";
  if (trackCategorizedPages && category) return `Viewed ${name ? `${category} ${name}` : category} Page`;
  if (trackNamedPages && name) return `Viewed ${name} Page`;
  return undefined;
}
