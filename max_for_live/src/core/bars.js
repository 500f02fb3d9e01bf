// Bars of a clip, in its own signature and its own time: Live's bar lines stand at multiples of the
// bar's length from 0, wherever the loop begins.

import { EDGE } from "./shapes.js";

/**
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Note} Note
 * @typedef {import("./shapes.js").Span} Span
 * @typedef {{start: number, end: number, number: number}} Bar numbered as Live shows it
 */

const MAX_CELLS = 64;

/**
 * @param {{numerator: number, denominator: number}} meter
 * @returns {number} beats
 */
export function barLength({ numerator, denominator }) {
  return (numerator * 4) / denominator;
}

/**
 * @param {Clip} clip
 * @returns {Span} what plays: the loop, or from marker to marker where there is none
 */
export function regionOf(clip) {
  return clip.looping
    ? { start: clip.loopStart, end: clip.loopEnd }
    : { start: clip.startMarker, end: clip.endMarker };
}

/**
 * @param {Clip} clip
 * @returns {number} beats of what plays
 */
export function lengthOf(clip) {
  const { start, end } = regionOf(clip);
  return end - start;
}

/**
 * @param {Clip} clip
 * @returns {Note[]} the notes that begin in what plays, in Live's order
 */
export function notesInRegion(clip) {
  const { start, end } = regionOf(clip);
  return clip.notes.filter((note) => note.start >= start - EDGE && note.start < end - EDGE);
}

/**
 * @param {Clip} clip
 * @returns {Bar[]} of what plays; the first and the last may be cut short
 */
export function barsOf(clip) {
  const { start, end } = regionOf(clip);
  const length = barLength(clip);
  const bars = [];
  for (let bar = Math.floor(start / length + EDGE); bar * length < end - EDGE; bar += 1) {
    bars.push({
      start: Math.max(start, bar * length),
      end: Math.min(end, (bar + 1) * length),
      number: bar >= 0 ? bar + 1 : bar,
    });
  }
  return bars;
}

/**
 * Return the meters of a request: a loop that begins inside a bar begins with a short one.
 * @param {Clip} clip
 * @returns {any[]} pairs of a beat and a meter
 */
export function meterChanges(clip) {
  const meter = { numerator: clip.numerator, denominator: clip.denominator };
  const [first, second] = barsOf(clip);
  const isShort = second !== undefined && first.end - first.start < barLength(clip) - EDGE;
  return isShort
    ? [
        [0, meter],
        [first.end - first.start, meter],
      ]
    : [[0, meter]];
}

/**
 * @param {Bar[]} bars
 * @returns {number} how many bars one cell of the strip stands for
 */
export function barsInCell(bars) {
  return Math.max(1, Math.ceil(bars.length / MAX_CELLS));
}

/**
 * @param {Clip} clip
 * @returns {number[]} notes in each cell of the strip
 */
export function notesInCells(clip) {
  const bars = barsOf(clip);
  const group = barsInCell(bars);
  const length = barLength(clip);
  const first = Math.floor(regionOf(clip).start / length + EDGE);
  const counts = new Array(Math.ceil(bars.length / group)).fill(0);
  for (const note of notesInRegion(clip)) {
    const bar = Math.floor(note.start / length + EDGE) - first;
    counts[Math.floor(Math.max(0, bar) / group)] += 1;
  }
  return counts;
}

/**
 * @param {Bar[]} bars some of a clip's bars, rising
 * @returns {string} such as "bars 3 to 4" or "bars 1 3"
 */
export function barsText(bars) {
  if (bars.length === 0) {
    return "";
  }
  const first = bars[0];
  const last = bars[bars.length - 1];
  const isRun = bars.every((bar, index) => index === 0 || bar.start <= bars[index - 1].end + EDGE);
  if (bars.length === 1) {
    return `bar ${first.number}`;
  }
  return isRun
    ? `bars ${first.number} to ${last.number}`
    : `bars ${bars.map(({ number }) => number).join(" ")}`;
}
