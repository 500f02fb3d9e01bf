// How long texts are on the wire and in what is saved.

/**
 * @param {string} text
 * @returns {number} its bytes in UTF-8
 */
export function utf8Length(text) {
  let bytes = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
