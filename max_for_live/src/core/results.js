// The results of the latest clicks: which of them is heard, which are kept and starred, and what of
// them is saved with the Set. Pure; clips are known by Live's ids, which do not outlive a Set that
// is closed, so after that only what the server's history needs is left.

import { utf8Length } from "./utf8.js";

/**
 * @typedef {object} Result
 * @property {string} resultId
 * @property {number} clipId 0 where the Set was opened again since
 * @property {string} name of the clip
 * @property {number} change percent
 * @property {number} noteCount
 * @property {boolean} isStarred
 * @property {boolean} isKept
 * @property {string} mark of the clip as it was written
 * @typedef {object} Click
 * @property {number} number
 * @property {string} verb
 * @property {number} originalId of the source clip
 * @property {string} originalName
 * @property {Result[]} results
 * @typedef {{resultId: string, originalId: number, verb: string, otherIds: string[]}} Lineage
 * @typedef {[string, string, number, number, number]} Row id, name, change, notes, star
 */

const MOST_CLICKS = 8;
const MOST_EARLIER = 64;
const MOST_REMEMBERED = 40;
const MOST_SAVED_BYTES = 3000;
const MOST_NAME_LETTERS = 40;

/** All results that the device knows of. */
export class Results {
  constructor() {
    /** @type {Click[]} the newest last */
    this.clicks = [];
    /** @type {Result[]} of the Set as it was saved, the newest last */
    this.earlier = [];
    this.index = 0;
  }

  /**
   * @returns {Click | null}
   */
  get click() {
    return this.clicks[this.clicks.length - 1] ?? null;
  }

  /**
   * @returns {Result[]} of the newest click
   */
  get list() {
    return this.click?.results ?? [];
  }

  /**
   * @returns {Result | null} the one that is heard, null for the original
   */
  get heard() {
    return this.list[this.index - 1] ?? null;
  }

  /**
   * @returns {Result[]} the newest first
   */
  get all() {
    return [...this.earlier, ...this.clicks.flatMap(({ results }) => results)].reverse();
  }

  /**
   * Take what has landed: of a new click, or more of the newest.
   * @param {Click} landed
   */
  add(landed) {
    const { click } = this;
    if (click !== null && click.number === landed.number) {
      click.results.push(...landed.results);
    } else {
      this.clicks.push({ ...landed, results: [...landed.results] });
      this.index = 0;
    }
    this.forgetOldest();
  }

  /** Of old clicks no more is known than what is saved with the Set. */
  forgetOldest() {
    while (this.clicks.length > MOST_CLICKS) {
      this.earlier.push(...(this.clicks.shift()?.results ?? []));
    }
    this.earlier = this.earlier.slice(-MOST_EARLIER);
  }

  /**
   * Go to the next place that is there, round and round; place 0 is the original.
   * @param {1 | -1} direction
   * @param {(clipId: number) => boolean} isThere
   * @returns {boolean} whether there is one
   */
  step(direction, isThere) {
    const count = this.list.length + 1;
    for (let steps = 1; steps <= count; steps += 1) {
      const index = (((this.index + direction * steps) % count) + count) % count;
      if (isThere(this.clipIdAt(index))) {
        this.index = index;
        return true;
      }
    }
    return false;
  }

  /**
   * @param {number} index 0 for the original
   * @returns {number}
   */
  clipIdAt(index) {
    return (index === 0 ? this.click?.originalId : this.list[index - 1]?.clipId) ?? 0;
  }

  /**
   * Take results of the newest click away; what is heard stays heard.
   * @param {Set<Result>} gone
   */
  remove(gone) {
    const { click, heard } = this;
    if (click !== null) {
      click.results = click.results.filter((result) => !gone.has(result));
      this.index = heard === null ? 0 : click.results.indexOf(heard) + 1;
    }
  }

  /**
   * @param {number} clipId
   * @param {string} name of that clip, by which it is known again in a Set that was opened again
   * @returns {Lineage | null} null where the clip is none of ours
   */
  lineage(clipId, name) {
    for (const { verb, originalId, results } of [...this.clicks].reverse()) {
      const found = results.find((result) => result.clipId === clipId);
      if (found !== undefined && clipId !== originalId) {
        const otherIds = results.map(({ resultId }) => resultId);
        return { resultId: found.resultId, originalId, verb, otherIds };
      }
    }
    const known = this.earlier.find((result) =>
      result.clipId === 0 ? shortName(result.name) === shortName(name) : result.clipId === clipId,
    );
    return known === undefined
      ? null
      : { resultId: known.resultId, originalId: 0, verb: "", otherIds: [known.resultId] };
  }

  /**
   * @returns {Result[]} those that can be recalled, the newest first; where there are many, starred
   *   ones stay longest
   */
  get remembered() {
    const newest = this.all;
    const starred = newest.filter(({ isStarred }) => isStarred);
    const chosen = [...starred, ...newest.filter(({ isStarred }) => !isStarred)];
    chosen.splice(MOST_REMEMBERED);
    while (utf8Length(JSON.stringify(chosen.map(row))) > MOST_SAVED_BYTES - 20) {
      chosen.pop();
    }
    return newest.filter((result) => chosen.includes(result));
  }

  /**
   * @returns {object} what is saved with the Set, at most 3,000 bytes of JSON
   */
  saved() {
    return { results: this.remembered.map(row) };
  }

  /**
   * Take what was saved; what is no such thing counts for nothing.
   * @param {any} saved
   */
  restore(saved) {
    const rows = Array.isArray(saved?.results) ? saved.results : [];
    const known = new Set(
      this.clicks.flatMap(({ results }) => results).map(({ resultId }) => resultId),
    );
    this.earlier = rows
      .filter(isRow)
      .filter((/** @type {Row} */ [resultId]) => !known.has(resultId))
      .map(fromRow)
      .reverse();
  }
}

/**
 * @param {Result} result
 * @returns {Row}
 */
function row({ resultId, name, change, noteCount, isStarred }) {
  return [resultId, shortName(name), change, noteCount, Number(isStarred)];
}

/**
 * @param {string} name
 * @returns {string} the same, where it is long without its middle: both ends tell results apart
 */
export function shortName(name) {
  const letters = [...name];
  return letters.length <= MOST_NAME_LETTERS
    ? name
    : [...letters.slice(0, MOST_NAME_LETTERS - 7), "\u2026", ...letters.slice(-6)].join("");
}

/**
 * @param {any} value
 * @returns {value is Row}
 */
function isRow(value) {
  const isText = Array.isArray(value) && /^[0-9A-Z]{6}$/.test(value[0]);
  return isText && typeof value[1] === "string" && value.slice(2, 5).every(Number.isFinite);
}

/**
 * @param {Row} saved
 * @returns {Result}
 */
function fromRow([resultId, name, change, noteCount, star]) {
  const isStarred = star === 1;
  return { resultId, clipId: 0, name, change, noteCount, isStarred, isKept: false, mark: "" };
}
