// When results are written: together when the last is there; where that takes long, those that are
// complete after 1.5 s and the rest when the request ends. So a click is one undo step or two.

/** @typedef {import("./shapes.js").Plain} Plain */

export const PATIENCE_MS = 1500;
/** Answers of one batch come within this. */
export const BATCH_MS = 250;

/** Collects the results of one click. */
export class Gathering {
  /**
   * @param {number} askedAt ms
   */
  constructor(askedAt) {
    this.askedAt = askedAt;
    this.firstAt = Infinity;
    this.isEnded = false;
    this.hasWritten = false;
    /** @type {Plain[]} */
    this.waiting = [];
  }

  /**
   * @param {Plain} result
   * @param {number} now ms
   */
  add(result, now) {
    this.firstAt = Math.min(this.firstAt, now);
    this.waiting.push(result);
  }

  /** No more results come. */
  end() {
    this.isEnded = true;
  }

  /**
   * @returns {number} ms of the clock at which something is to be written, Infinity for not yet
   */
  get dueAt() {
    if (this.isEnded) {
      return 0;
    }
    const isEarly = this.hasWritten || this.waiting.length === 0;
    return isEarly ? Infinity : Math.max(this.askedAt + PATIENCE_MS, this.firstAt + BATCH_MS);
  }

  /**
   * @returns {Plain[]} what is to be written now, by their index
   */
  take() {
    this.hasWritten = true;
    return this.waiting.splice(0).sort((a, b) => a.index - b.index);
  }
}
