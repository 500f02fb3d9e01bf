// The Model menu: who can answer for a clip, by names for musicians, and what each cannot do.

import { BUTTONS, VERBS } from "./verbs.js";
import { joined } from "./words.js";

/**
 * @typedef {import("./shapes.js").Plain} Plain
 * @typedef {import("./shapes.js").Track} Track
 * @typedef {{name: string, title: string, summary: string, verbs: string[]}} Model `name` is how
 *   requests name it
 * @typedef {Model & {corpus: string}} Pupil a model in the style of a corpus, "" of none
 * @typedef {{corpora: string[], engines: {engine: string, verbs: string[]}[]}} Styles what the
 *   server said of corpora
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
 * @param {string} corpus to take after, "" for none
 * @param {Styles | null} styles null where the server has not said
 * @returns {Pupil} with the verbs that can be asked for
 */
export function inStyle(model, corpus, styles) {
  const isFree = corpus === "" || styles === null;
  const able = isFree ? [] : styles.engines.filter(({ engine }) => answersAs(model, engine));
  const verbs = isFree ? model.verbs : able.flatMap((offer) => offer.verbs);
  return { ...model, corpus, verbs: model.verbs.filter((verb) => verbs.includes(verb)) };
}

/**
 * @param {Model} model
 * @param {string} engine
 * @returns {boolean}
 */
function answersAs(model, engine) {
  return model === AUTO || model.name === engine;
}

/**
 * @param {Pupil} pupil
 * @returns {string} what it cannot do, as a part of a sentence; "" where it can do all
 */
export function limits({ title, verbs, corpus }) {
  const missing = VERBS.filter((verb) => !verbs.includes(verb));
  return missing.length === 0
    ? ""
    : `${title} cannot ${joined(buttons(missing), "or")}${manner(corpus)}`;
}

/**
 * @param {string} corpus
 * @returns {string}
 */
function manner(corpus) {
  return corpus === "" ? "" : ` in the style of ${corpus}`;
}

/**
 * @param {Pupil} pupil
 * @param {string} verb
 * @returns {string} why it cannot be asked for that and what to do, "" where it can
 */
export function whyNot({ title, verbs, corpus }, verb) {
  if (verbs.includes(verb)) {
    return "";
  }
  const able = VERBS.filter((one) => verbs.includes(one));
  const can = able.length === 0 ? "" : `It can ${joined(buttons(able), "and")}. `;
  const choose = corpus === "" ? "Auto" : "None at Style";
  return `${title} cannot ${BUTTONS[verb]}${manner(corpus)}. ${can}Choose ${choose} or another model`;
}

/**
 * @param {string[]} verbs
 * @returns {string[]}
 */
function buttons(verbs) {
  return verbs.map((verb) => BUTTONS[verb]);
}
