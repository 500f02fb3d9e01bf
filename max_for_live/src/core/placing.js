// Where results may land: never in a row where any track has a clip.

import { EDGE } from "./shapes.js";

/**
 * @param {boolean[]} isEmpty whether each scene's row is wholly empty
 * @param {number} below the source's row; the first row that is looked at is the next one
 * @param {number} count
 * @returns {{rows: number[], newScenes: number}} rows from 0, those past the end being new scenes
 */
export function placeBelow(isEmpty, below, count) {
  const rows = isEmpty
    .map((_, row) => row)
    .filter((row) => row > below && isEmpty[row])
    .slice(0, count);
  const newScenes = count - rows.length;
  const added = Array.from({ length: newScenes }, (_, index) => isEmpty.length + index);
  return { rows: [...rows, ...added], newScenes };
}

/**
 * @param {{start: number, end: number}[]} taken
 * @param {{start: number, end: number}} span
 * @returns {boolean} whether nothing lies on the span
 */
export function isFree(taken, span) {
  return taken.every(({ start, end }) => end <= span.start + EDGE || start >= span.end - EDGE);
}
