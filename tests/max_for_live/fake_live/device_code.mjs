// The script inside a built device, read against the layout of the container only.

import { readFileSync } from "node:fs";

/**
 * @param {string | URL} path of a plain .amxd
 * @returns {any} its patcher
 */
export function devicePatcher(path) {
  const bytes = readFileSync(path);
  for (let offset = 0; offset + 8 <= bytes.length;) {
    const tag = bytes.toString("latin1", offset, offset + 4);
    const size = bytes.readUInt32LE(offset + 4);
    if (tag === "ptch") {
      const text = bytes.toString("utf-8", offset + 8, offset + 8 + size).replace(/\0$/, "");
      return JSON.parse(text).patcher;
    }
    offset += 8 + size;
  }
  throw new Error(`${path} has no patcher`);
}

/**
 * @param {string | URL} path of a plain .amxd
 * @returns {string} the code of its one codebox
 */
export function deviceCode(path) {
  const codes = devicePatcher(path)
    .boxes.map(({ box }) => box)
    .filter(({ maxclass }) => maxclass === "v8.codebox")
    .map(({ code }) => code);
  if (codes.length !== 1) throw new Error(`${path} has ${codes.length} codeboxes`);
  return codes[0];
}
