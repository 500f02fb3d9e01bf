// What kinds of requests there are, by the protocol's names.

export const VERBS = ["vary", "continue", "refill", "redo", "accompany", "morph", "develop"];

/**
 * @param {string} verb
 * @returns {boolean} whether the answer is the source and what comes after it
 */
export function isLonger(verb) {
  return verb === "continue" || verb === "develop";
}

/**
 * @param {string} verb
 * @returns {boolean} whether the source stays as it is and something is added
 */
export function isAdding(verb) {
  return isLonger(verb) || verb === "accompany";
}
