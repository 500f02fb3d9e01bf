// Writing one clip. What Live refuses it does not tell, so the notes that are there are counted.

import { difference } from "../core/answer.js";
import { liveNote, readNotes } from "./read_clip.js";

/**
 * @typedef {import("../core/answer.js").Wanted} Wanted
 * @typedef {import("../core/shapes.js").Clip} Clip
 * @typedef {import("../core/shapes.js").Note} Note
 * @typedef {import("../core/shapes.js").Span} Span
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {{added: number, restored: number, missing: number}} Written how many notes are new, were
 *   put back as they were sent, and were not taken by Live
 */

const IDS_AT_A_TIME = 1000;

/**
 * Make a clip hold the wanted notes, changing as little as can be; the new ones are left selected.
 * @param {LiveObject} clip
 * @param {Wanted} wanted
 * @param {Note[]} present what it holds
 * @returns {Written}
 */
export function writeNotes(clip, wanted, present) {
  const { removeIds, restored } = difference(present, wanted);
  for (let at = 0; at < removeIds.length; at += IDS_AT_A_TIME) {
    clip.call("remove_notes_by_id", ...removeIds.slice(at, at + IDS_AT_A_TIME));
  }
  const restoredIds = add(clip, restored);
  const newIds = add(clip, wanted.added);
  clip.call("deselect_all_notes");
  for (let at = 0; at < newIds.length; at += IDS_AT_A_TIME) {
    clip.call("select_notes_by_id", ...newIds.slice(at, at + IDS_AT_A_TIME));
  }
  const isTold = restoredIds.length + newIds.length === restored.length + wanted.added.length;
  const missing = isTold ? 0 : countMissing(clip, wanted);
  return { added: wanted.added.length, restored: restored.length, missing };
}

/**
 * @param {LiveObject} clip
 * @param {Wanted} wanted
 * @returns {number} of notes that Live did not take
 */
function countMissing(clip, { kept, added }) {
  return Math.max(0, kept.length + added.length - readNotes(clip).length);
}

/**
 * @param {LiveObject} clip
 * @param {Note[]} notes
 * @returns {number[]} their ids
 */
function add(clip, notes) {
  if (notes.length === 0) {
    return [];
  }
  const ids = clip.call("add_new_notes", { notes: notes.map(liveNote) });
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "number") : [];
}

/**
 * Set the loop, where it is not so already.
 * @param {LiveObject} clip
 * @param {Span} loop
 */
export function setLoop(clip, { start, end }) {
  setPair(clip, ["loop_start", start], ["loop_end", end]);
}

/**
 * Set the markers such that the loop is heard; a start inside the loop stays.
 * @param {LiveObject} clip
 * @param {Span} loop
 */
export function setMarkers(clip, { start, end }) {
  const marker = clip.number("start_marker");
  const first = marker >= start && marker < end ? marker : start;
  setPair(clip, ["start_marker", first], ["end_marker", end]);
}

/**
 * Set the loop, and the markers such that it is heard.
 * @param {LiveObject} clip
 * @param {Span} region
 */
export function setRegion(clip, region) {
  setLoop(clip, region);
  setMarkers(clip, region);
}

/**
 * Live refuses an end before a start, so the end goes first where it moves to the right.
 * @param {LiveObject} clip
 * @param {[string, number]} start
 * @param {[string, number]} end
 */
function setPair(clip, start, end) {
  const isRight = end[1] > clip.number(start[0]);
  for (const [name, value] of isRight ? [end, start] : [start, end]) {
    if (clip.number(name) !== value) {
      clip.set(name, value);
    }
  }
}

/**
 * Give a new clip what can be given to it of the source; grooves and envelopes cannot.
 * @param {LiveObject} clip
 * @param {Clip} source
 */
export function dress(clip, source) {
  clip.set("signature_numerator", source.numerator);
  clip.set("signature_denominator", source.denominator);
  clip.set("looping", Number(source.looping));
}
