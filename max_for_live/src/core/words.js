// Sentences for the device's line. Symbols in Max are never freed, so a sentence goes out as words
// and ints: the words are few, and numbers are no symbols.

/**
 * @param {string} sentence
 * @returns {(string | number)[]} at least one atom
 */
export function lineAtoms(sentence) {
  const words = sentence
    .replace(/[,;]/g, " ·")
    .replace(/[\\$]/g, "")
    .split(/\s+/)
    .filter((word) => word !== "");
  const atoms = words.map((word) => (/^-?\d{1,9}$/.test(word) ? Number(word) : word));
  return atoms.length > 0 ? atoms : ["·"];
}

/**
 * @param {number} count
 * @param {string} one such as "note"
 * @returns {string} such as "24 notes"
 */
export function counted(count, one) {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/**
 * @param {string[]} names
 * @returns {string} all of them, or the first ones and how many more
 */
export function listed(names) {
  const shown = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/**
 * @param {string[]} names at least one
 * @param {string} word before the last one, such as "and"
 * @returns {string} such as "Vary, Continue and Morph"
 */
export function joined(names, word) {
  const [last, ...others] = [...names].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} ${word} ${last}`;
}
