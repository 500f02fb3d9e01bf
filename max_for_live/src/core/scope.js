// What a click acts on: the selected notes where at least two and not all are selected, else the
// bars marked in the strip, else all that plays. Everything else is locked and is in the result.

import { barsInCell, barsOf, barsText, notesInRegion } from "./bars.js";
import { EDGE } from "./shapes.js";

/**
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Note} Note
 * @typedef {import("./bars.js").Bar} Bar
 * @typedef {object} Scope
 * @property {"notes" | "bars" | "all"} kind
 * @property {Set<number>} freeIds of the notes that may change
 * @property {number[]} lockedBars of the request, from 0
 * @property {number} freeCount notes that may change; muted ones may not
 * @property {string} where such as "bars 3 to 4"
 */

/**
 * @param {Clip} clip
 * @param {boolean[]} marks of the strip's cells, true for change
 * @returns {Scope}
 */
export function scopeOf(clip, marks) {
  const notes = notesInRegion(clip);
  const bars = barsOf(clip);
  const selected = new Set(clip.selectedIds);
  const chosen = notes.filter(({ id }) => selected.has(id));
  if (chosen.length >= 2 && chosen.length < notes.length) {
    return scope("notes", chosen, [], touchedBars(bars, chosen));
  }
  const marked = bars.map((_, index) => marks[Math.floor(index / barsInCell(bars))] ?? true);
  if (marked.every(Boolean)) {
    return scope("all", notes, [], bars);
  }
  const open = bars.filter((_, index) => marked[index]);
  const free = notes.filter((note) => isIn(note, open));
  const locked = bars.map((_, index) => index).filter((index) => !marked[index]);
  return scope("bars", free, locked, open);
}

/**
 * @param {"notes" | "bars" | "all"} kind
 * @param {Note[]} free
 * @param {number[]} lockedBars
 * @param {Bar[]} bars
 * @returns {Scope}
 */
function scope(kind, free, lockedBars, bars) {
  return {
    kind,
    freeIds: new Set(free.map(({ id }) => id)),
    lockedBars,
    freeCount: free.filter(({ mute }) => !mute).length,
    where: barsText(bars),
  };
}

/**
 * @param {Bar[]} bars
 * @param {Note[]} notes
 * @returns {Bar[]}
 */
function touchedBars(bars, notes) {
  return bars.filter((bar) => notes.some((note) => isIn(note, [bar])));
}

/**
 * @param {Note} note
 * @param {Bar[]} bars
 * @returns {boolean}
 */
function isIn(note, bars) {
  return bars.some(({ start, end }) => note.start >= start - EDGE && note.start < end - EDGE);
}
