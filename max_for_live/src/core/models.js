// The Model menu: who can answer for a clip, by names for musicians, and what each cannot do.

import { BUTTONS, VERBS } from "./verbs.js";
import { joined } from "./words.js";

/**
 * @typedef {import("./shapes.js").Plain} Plain
 * @typedef {import("./shapes.js").Track} Track
 * @typedef {{name: string, title: string, summary: string, verbs: string[]}} Model `name` is how
 *   requests name it
 */

/** @type {Model} the server chooses */
export const AUTO = {
  name: "auto",
  title: "Auto",
  summary: "The best for this clip is chosen for each click.",
  verbs: VERBS,
};

/**
 * @param {Plain | null} welcome what the server said of itself
 * @param {boolean} isDrums
 * @returns {Model[]} Auto, then those that can serve the clip, in the server's order
 */
export function modelsFor(welcome, isDrums) {
  const engines = /** @type {Plain[]} */ (welcome?.engines ?? []);
  const usable = engines.filter(
    ({ problem, serves_drums: servesDrums }) => problem === "" && (servesDrums || !isDrums),
  );
  return [
    AUTO,
    ...usable.map(({ name, title, summary, verbs }) => ({ name, title, summary, verbs })),
  ];
}

/**
 * @param {Model} model
 * @returns {string} what it cannot do, as a part of a sentence; "" where it can do all
 */
export function limits({ title, verbs }) {
  const missing = VERBS.filter((verb) => !verbs.includes(verb));
  return missing.length === 0 ? "" : `${title} cannot ${joined(buttons(missing), "or")}`;
}

/**
 * @param {Model} model
 * @param {string} verb
 * @returns {string} why it cannot be asked for that and what to do, "" where it can
 */
export function whyNot({ title, verbs }, verb) {
  if (verbs.includes(verb)) {
    return "";
  }
  const able = VERBS.filter((one) => verbs.includes(one));
  const can = able.length === 0 ? "" : `It can ${joined(buttons(able), "and")}. `;
  return `${title} cannot ${BUTTONS[verb]}. ${can}Choose Auto or another model`;
}

/**
 * @param {string[]} verbs
 * @returns {string[]}
 */
function buttons(verbs) {
  return verbs.map((verb) => BUTTONS[verb]);
}
