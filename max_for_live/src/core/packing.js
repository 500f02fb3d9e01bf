// What the device saves with the Set, as whole numbers: a blob of Max may hold symbols, but those
// are never freed. It is JSON, one int for each byte of UTF-8.

/** @typedef {import("./shapes.js").Plain} Plain */

const MOST_BYTES = 4000;

/**
 * @param {Plain} state
 * @returns {number[]} empty where it is too much to be saved
 */
export function packState(state) {
  const bytes = utf8(JSON.stringify(state));
  return bytes.length <= MOST_BYTES ? bytes : [];
}

/**
 * @param {number[]} bytes
 * @returns {Plain} empty where they hold nothing that can be read
 */
export function unpackState(bytes) {
  try {
    const text = bytes.map((byte) => `%${(byte & 0xff).toString(16).padStart(2, "0")}`).join("");
    const state = JSON.parse(decodeURIComponent(text));
    return typeof state === "object" && state !== null ? state : {};
  } catch {
    return {};
  }
}

/**
 * @param {string} text
 * @returns {number[]}
 */
function utf8(text) {
  const escaped = encodeURIComponent(text);
  return [...escaped.matchAll(/%([0-9A-F]{2})|(.)/g)].map(([, byte, letter]) =>
    byte === undefined ? letter.charCodeAt(0) : parseInt(byte, 16),
  );
}
