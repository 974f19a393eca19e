/**
 * A copy of any value that JSON can carry. What JSON has no word for becomes text, so that an expectation can name it.
 *
 * @param {unknown} value
 * @returns {unknown} undefined stays undefined; cycles, functions, symbols and bigints become strings
 */
export function plain(value) {
  const above = [];
  const text = JSON.stringify(value, function (_key, item) {
    if (typeof item === "function") return `function ${item.name}`;
    if (typeof item === "bigint" || typeof item === "symbol") return String(item);
    if (item instanceof Node) return `<${item.nodeName.toLowerCase()}>`;
    if (item === null || typeof item !== "object") return item;
    while (above.length > 0 && above[above.length - 1] !== this) above.pop();
    if (above.includes(item) || item === window) return "[circular]";
    above.push(item);
    return item;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

/**
 * An error, or whatever else was thrown, as one line.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function wording(error) {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  const reason = error && typeof error === "object" ? (error.reason ?? error.message ?? error.type) : undefined;
  return String(reason ?? error);
}
