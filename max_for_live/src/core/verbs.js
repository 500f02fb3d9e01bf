// What kinds of requests there are, by the protocol's names.

/** @type {Record<string, string>} what stands on their buttons */
export const BUTTONS = {
  vary: "Vary",
  continue: "Continue",
  refill: "Refill",
  redo: "Rewrite",
  accompany: "Accompany",
  morph: "Morph",
  develop: "Develop",
};

export const VERBS = Object.keys(BUTTONS);

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
