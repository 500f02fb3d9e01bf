// What was asked and has no last word yet: pure.

import { ProtocolError } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").Plain} Plain
 * @typedef {{message: Plain, delivered: Set<number>, since: number}} Waiting
 */

const MOST_WAITING = 32;
const HIGHEST_ID = 2 ** 31 - 1;
const LAST_WORDS = new Set([
  ...["done", "error"],
  ...["history_reply", "status_reply", "styles_reply", "learn_reply"],
]);

/** The requests of one device, by their numbers. */
export class Unanswered {
  constructor() {
    /** @type {Map<number, Waiting>} */
    this.waiting = new Map();
    this.lastId = 0;
  }

  /**
   * @returns {number} how many are waiting for their last word
   */
  get size() {
    return this.waiting.size;
  }

  /**
   * @returns {Plain[]} what is to be asked again where the server has forgotten it
   */
  get messages() {
    return [...this.waiting.values()].map(({ message }) => message);
  }

  /**
   * @returns {number[]}
   */
  get ids() {
    return [...this.waiting.keys()];
  }

  /**
   * Return a request with a number of its own.
   * @param {Plain} request
   * @returns {Plain}
   */
  numbered(request) {
    if (this.waiting.size >= MOST_WAITING) {
      throw new ProtocolError(`${MOST_WAITING} requests are waiting for an answer already`);
    }
    return { ...request, request_id: (this.lastId % HIGHEST_ID) + 1 };
  }

  /**
   * @param {Plain} message from `numbered`
   * @param {number} now in ms
   */
  add(message, now) {
    this.lastId = message.request_id;
    this.waiting.set(message.request_id, { message, delivered: new Set(), since: now });
  }

  /**
   * @param {number} id
   * @returns {boolean} whether it was waiting
   */
  remove(id) {
    return this.waiting.delete(id);
  }

  /**
   * From now on nobody answers.
   * @param {number} now in ms
   */
  abandon(now) {
    for (const waiting of this.waiting.values()) {
      waiting.since = now;
    }
  }

  /**
   * @param {number} before in ms
   * @returns {number[]} those that nobody has answered since then
   */
  abandonedBefore(before) {
    return this.ids.filter((id) => Number(this.waiting.get(id)?.since) <= before);
  }

  /**
   * Take what the server says; a result that comes again after a restart is no news.
   * @param {Plain} message
   * @returns {boolean} whether it is news about a request that waits
   */
  isNews(message) {
    const waiting = this.waiting.get(message.request_id);
    if (waiting === undefined || waiting.delivered.has(message.index)) {
      return false;
    }
    if (message.kind === "result") {
      waiting.delivered.add(message.index);
    }
    if (LAST_WORDS.has(message.kind)) {
      this.waiting.delete(message.request_id);
    }
    return true;
  }
}
