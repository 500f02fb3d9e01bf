// The one line that says before the click what it will do.

import { notesInRegion } from "./bars.js";
import { keyText } from "./keys.js";
import { isAdding } from "./verbs.js";
import { counted, listed } from "./words.js";

/**
 * @typedef {import("./scope.js").Scope} Scope
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Song} Song
 * @typedef {import("./shapes.js").Track} Track
 * @typedef {{verb: string, clip: Clip, track: Track, song: Song, scope: Scope, heard: string[]}} Told
 */

/** @type {Record<string, string>} */
const WORK = {
  vary: "Varying",
  continue: "Continuing",
  refill: "Refilling",
  redo: "Rewriting",
  accompany: "Writing a part for",
  morph: "Morphing",
  develop: "Developing",
};

/**
 * @param {Told} told
 * @returns {string} such as "Vary 24 notes, bars 3 to 4, hearing Chords, Drums; F minor (found)"
 */
export function previewLine(told) {
  const { verb, track, scope } = told;
  if (verb === "accompany") {
    return sentence(`A new part for ${track.name}`, told);
  }
  const isEmpty = scope.freeCount === 0;
  return sentence(
    isEmpty ? "Write into the empty clip" : `Vary ${counted(scope.freeCount, "note")}`,
    told,
  );
}

/**
 * @param {Told} told
 * @returns {string} what is being done, while the server works
 */
export function workLine(told) {
  const { verb, clip, track, scope } = told;
  const what =
    isAdding(verb) || scope.freeCount === 0
      ? clip.name || track.name
      : counted(scope.freeCount, "note");
  return sentence(`${WORK[verb]} ${what}`, told);
}

/**
 * @param {string} what
 * @param {Told} told
 * @returns {string}
 */
function sentence(what, { clip, track, song, scope, heard }) {
  const parts = [what, scope.where, heard.length > 0 ? `hearing ${listed(heard)}` : ""];
  const key = track.isDrums ? "" : keyText(song, notesInRegion(clip));
  const name = clip.name === "" ? "" : `clip ${clip.name}`;
  return [...parts, key, name].filter((part) => part !== "").join(", ");
}
