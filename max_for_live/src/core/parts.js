// The parts of one clip that Refill can write anew: pads of a drum rack, and top, middle and bass of
// chords. A clip of Live is one voice; a part of it becomes a voice of the request.

import { notesInRegion } from "./bars.js";
import { EDGE } from "./shapes.js";

/**
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Note} Note
 * @typedef {import("./shapes.js").Track} Track
 * @typedef {{name: string, notes: Note[]}} Part
 */

/** The row of the Refill menu that means the whole clip. */
export const ALL = "All";

const LINES = ["Top", "Middle", "Bass"];
const SHARE_OF_CHORDS = 1 / 3;

/**
 * @param {Clip} clip
 * @param {Track} track
 * @returns {string[]} rows of the Refill menu
 */
export function partNames(clip, track) {
  if (track.isDrums) {
    return [ALL, ...track.pads.map(({ name }) => name)];
  }
  const lines = splitLines(notesInRegion(clip));
  return [ALL, ...(lines ?? []).map(({ name }) => name)];
}

/**
 * @param {Clip} clip
 * @param {Track} track
 * @param {string} part a row of the menu
 * @returns {Part[]} the voices of a request; one where nothing is to be told apart
 */
export function voicesOf(clip, track, part) {
  const notes = notesInRegion(clip);
  const lines = LINES.includes(part) && !track.isDrums ? splitLines(notes) : null;
  return lines ?? [{ name: track.name, notes }];
}

/**
 * Split chords into lines, from the top down.
 * @param {Note[]} notes
 * @returns {Part[] | null} null where they are no chords
 */
export function splitLines(notes) {
  const names = new Map();
  /** @type {Note[]} */
  let sounding = [];
  for (const note of [...notes].sort((a, b) => a.start - b.start)) {
    sounding = sounding.filter((other) => other.start + other.duration > note.start + EDGE);
    sounding.push(note);
    names.set(note.id, "");
    sounding
      .filter((other) => Math.abs(other.start - note.start) <= EDGE)
      .forEach((other) => names.set(other.id, lineOf(sounding, other)));
  }
  const chordal = [...names.values()].filter((name) => name !== "").length;
  if (notes.length === 0 || chordal / notes.length <= SHARE_OF_CHORDS) {
    return null;
  }
  return LINES.map((name) => ({
    name,
    notes: notes.filter(({ id }) => (names.get(id) || "Top") === name),
  })).filter((line) => line.notes.length > 0);
}

/**
 * @param {Note[]} sounding
 * @param {Note} note one of them
 * @returns {string} "" for a note that sounds alone
 */
function lineOf(sounding, note) {
  const isAbove = sounding.some(({ pitch }) => pitch > note.pitch);
  const isBelow = sounding.some(({ pitch }) => pitch < note.pitch);
  if (!isAbove) {
    return isBelow ? "Top" : "";
  }
  return isBelow ? "Middle" : "Bass";
}
