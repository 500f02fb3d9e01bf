// The one line that says before the click what it will do.

import { notesInRegion } from "./bars.js";
import { keyText } from "./keys.js";
import { BUTTONS, isAdding, isLonger } from "./verbs.js";
import { counted, listed } from "./words.js";

/**
 * @typedef {import("./scope.js").Scope} Scope
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Song} Song
 * @typedef {import("./shapes.js").Track} Track
 * @typedef {{verb: string, clip: Clip, track: Track, song: Song, scope: Scope, heard: string[],
 *   target: {clip: Clip} | null}} Told
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
 * @param {string[]} remarks what else there is to know before a click
 * @returns {string} such as "Vary 24 notes, bars 3 to 4, hearing Chords, Drums; F minor (found)"
 */
export function previewLine(told, remarks) {
  return [sentence(coming(told), told), ...remarks.filter((one) => one !== "")].join(", ");
}

/**
 * @param {Told} told
 * @returns {string} what would be done
 */
function coming({ verb, track, clip, scope }) {
  if (verb === "accompany") {
    return `A new part for ${track.name}`;
  }
  if (isLonger(verb)) {
    return `${BUTTONS[verb]} ${clip.name || track.name}`;
  }
  const isEmpty = scope.freeCount === 0;
  return isEmpty
    ? "Write into the empty clip"
    : `${BUTTONS[verb]} ${counted(scope.freeCount, "note")}`;
}

/**
 * @param {Told} told
 * @returns {string} what is being done, while the server works
 */
export function workLine(told) {
  const { verb, clip, track, scope, target } = told;
  const what =
    isAdding(verb) || scope.freeCount === 0
      ? clip.name || track.name
      : counted(scope.freeCount, "note");
  const goal = target === null || target.clip.name === "" ? "" : ` to ${target.clip.name}`;
  return sentence(`${WORK[verb]} ${what}${goal}`, told);
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
