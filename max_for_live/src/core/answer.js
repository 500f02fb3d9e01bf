// From a result to the notes that a clip is to hold, and what that changes in a copy of the source.

import { lengthOf, regionOf } from "./bars.js";
import { EDGE } from "./shapes.js";
import { isLonger } from "./verbs.js";

/**
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Note} Note
 * @typedef {import("./shapes.js").Plain} Plain
 * @typedef {import("./shapes.js").Span} Span
 * @typedef {object} Wanted what a clip is to hold, in its own time
 * @property {Note[]} kept notes of the source, as they were sent
 * @property {Note[]} added new ones
 * @property {Span | null} region what is to play; null for what plays in the source
 */

/**
 * @param {string} verb
 * @param {Clip} clip the source as it was read
 * @param {Note[]} places its notes in the order of their places
 * @param {Plain} result
 * @param {boolean} withOriginal whether a continuation's clip begins with the original
 * @returns {Wanted}
 */
export function wantedNotes(verb, clip, places, result, withOriginal) {
  const { start } = regionOf(clip);
  const notes = result.new_notes.flat();
  if (verb === "accompany") {
    return { kept: [], added: notesAt(notes, 0), region: { start: 0, end: result.length } };
  }
  const kept = result.kept.map((/** @type {number} */ place) => places[place]);
  const added = notesAt(notes, start);
  if (!isLonger(verb)) {
    return { kept: [...kept, ...outside(clip, regionOf(clip))], added, region: null };
  }
  if (verb === "continue" && withOriginal) {
    const region = { start, end: start + result.length };
    return { kept: [...kept, ...outside(clip, region)], added, region };
  }
  const length = lengthOf(clip);
  return {
    kept: [],
    added: notesAt(notes, start - length),
    region: { start, end: start + result.length - length },
  };
}

/**
 * @param {Clip} clip
 * @param {Span} region
 * @returns {Note[]} notes that do not begin there
 */
function outside(clip, { start, end }) {
  return clip.notes.filter((note) => note.start < start - EDGE || note.start >= end - EDGE);
}

/**
 * @param {Plain[]} notes of the protocol
 * @param {number} zero the clip's time that is 0 in the request
 * @returns {Note[]}
 */
export function notesAt(notes, zero) {
  return notes.map((note) => ({
    id: 0,
    pitch: note.pitch,
    start: note.start + zero,
    duration: note.duration,
    velocity: note.velocity,
    mute: note.is_muted,
    probability: note.probability,
    velocityDeviation: note.velocity_deviation,
    releaseVelocity: note.release_velocity,
  }));
}

/**
 * Return what turns a clip's notes into the wanted ones; what is there already is left alone, since
 * a note that is removed and added again loses its expression.
 * @param {Note[]} present
 * @param {Wanted} wanted
 * @returns {{removeIds: number[], restored: Note[]}} `restored` are kept notes that are not there
 */
export function difference(present, wanted) {
  const found = byPlace(present);
  const restored = wanted.kept.filter((note) => !takeSame(found.get(placeOf(note)), note));
  return { removeIds: [...found.values()].flat().map(({ id }) => id), restored };
}

/**
 * @param {Note[]} notes
 * @returns {Map<number, Note[]>}
 */
function byPlace(notes) {
  const found = new Map();
  for (const note of notes) {
    const place = placeOf(note);
    const same = found.get(place);
    if (same === undefined) {
      found.set(place, [note]);
    } else {
      same.push(note);
    }
  }
  return found;
}

/**
 * @param {Note} note
 * @returns {number} the same for notes of one pitch that begin together
 */
function placeOf({ pitch, start }) {
  return Math.round(start / EDGE) * 128 + pitch;
}

/**
 * @param {Note[] | undefined} notes one that is the same is taken out of them
 * @param {Note} note
 * @returns {boolean} whether there was one
 */
function takeSame(notes, note) {
  const index = notes?.findIndex((other) => isSameNote(other, note)) ?? -1;
  if (index >= 0) {
    notes?.splice(index, 1);
  }
  return index >= 0;
}

/**
 * @param {Note} one
 * @param {Note} other
 * @returns {boolean} whether all that is told of them but their ids is the same
 */
function isSameNote(one, other) {
  return (
    one.pitch === other.pitch &&
    one.mute === other.mute &&
    Math.abs(one.start - other.start) < EDGE &&
    Math.abs(one.duration - other.duration) < EDGE &&
    Math.abs(one.velocity - other.velocity) < 0.001 &&
    Math.abs(one.probability - other.probability) < 0.001 &&
    one.velocityDeviation === other.velocityDeviation &&
    one.releaseVelocity === other.releaseVelocity
  );
}

/**
 * @param {Note[]} one
 * @param {Note[]} other
 * @returns {boolean} whether both are the same notes, in whatever order
 */
export function isSameMusic(one, other) {
  const { restored } = difference(one, { kept: other, added: [], region: null });
  return one.length === other.length && restored.length === 0;
}

/**
 * Repeat what a loop holds over the stretch of an arrangement clip.
 * @param {Wanted} wanted
 * @param {Clip} clip the source, in the arrangement
 * @returns {Note[]} in the time of a new clip of the same place and length
 */
export function arranged(wanted, clip) {
  const notes = [...wanted.kept, ...wanted.added];
  const span = clip.arrangementEnd - clip.arrangementStart;
  const { start, end } = regionOf(clip);
  const round = end - start;
  const first = clip.startMarker;
  const passes = clip.looping ? Math.ceil((span + Math.max(0, first - start)) / round) : 1;
  const spread = [];
  for (let pass = 0; pass < passes; pass += 1) {
    for (const note of notes.filter((one) => one.start >= start - EDGE && one.start < end - EDGE)) {
      const at = note.start - first + pass * round;
      if (at >= -EDGE && at < span - EDGE) {
        spread.push({ ...note, start: Math.max(0, at) });
      }
    }
  }
  return spread;
}
