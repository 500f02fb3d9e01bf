// What was written, as one sentence for the line.

import { counted, listed } from "./words.js";

/**
 * @typedef {object} Landing what one undo step wrote
 * @property {string} where such as "scenes 9 to 12"
 * @property {number} clips how many results
 * @property {number} added new notes in all of them
 * @property {number} missing notes that Live did not take
 * @property {boolean} wasEdited whether the source was edited since it was sent
 * @property {boolean} wasAnew whether Live could not copy the source
 * @property {boolean} mayHaveCurves
 * @property {string} style the corpus that results were to take after, "" for none
 * @property {string[]} after names of the pieces that results take after
 * @property {string[]} warnings of the server
 */

/** @type {Record<string, string>} */
const WRITTEN = {
  vary: "variation",
  continue: "continuation",
  refill: "refill",
  redo: "rewrite",
  accompany: "new part",
  morph: "morph",
  develop: "development",
};

/**
 * @param {string} verb
 * @param {Landing} landing
 * @returns {string}
 */
export function reportLine(verb, landing) {
  const said = [
    `Wrote ${counted(landing.clips, WRITTEN[verb])}: ${landing.where}; ` +
      counted(landing.added, "new note"),
  ];
  if (landing.style !== "") {
    const names = [...new Set(landing.after)];
    said.push(`after ${names.length === 0 ? `no clip of ${landing.style}` : listed(names)}`);
  }
  if (landing.wasEdited) {
    said.push("the clip was edited meanwhile: this is from the notes that were sent");
  }
  if (landing.wasAnew) {
    said.push("made anew: groove, envelopes and launch settings are not in it");
  }
  if (landing.mayHaveCurves && landing.added > 0) {
    said.push(`${counted(landing.added, "new note")} without MPE curves`);
  }
  if (landing.missing > 0) {
    said.push(`Live did not take ${counted(landing.missing, "note")}`);
  }
  return [...said, ...landing.warnings.slice(0, 1)].join("; ");
}
