// Numbering, acknowledgement and resending for one session: the class Link of
// server/reprise/client.py in JavaScript. Pure: no wire, and the time in ms is handed in.

import { MAX_PARTS, splitAtoms } from "./frames.js";

/**
 * @typedef {import("./protocol.js").Atom} Atom
 * @typedef {import("./frames.js").Frame} Frame
 * @typedef {{address: string, atoms: Atom[]}} Datagram
 * @typedef {{datagram: Datagram, sentAt: number}} Flying
 */

export const WINDOW = 16;
export const FIRST_RESEND_MS = 30;
export const LAST_RESEND_MS = 500;

const REPEATED_ACKS = 2;
const ACK = "/reprise/ack";

/** One session's datagrams in both directions. */
export class Numbering {
  /**
   * @param {number} nonce of the session
   * @param {number} now in ms
   */
  constructor(nonce, now) {
    this.nonce = nonce;
    this.heardAt = now;
    this.progressAt = now;
    this.nextSequence = 0;
    /** @type {{sequence: number, datagram: Datagram}[]} */
    this.waiting = [];
    /** @type {Map<number, Flying>} by sequence, the oldest first */
    this.flying = new Map();
    this.resendMs = FIRST_RESEND_MS;
    this.repeatedAcks = 0;
    this.resentHole = -1;
    this.expected = 0;
    /** @type {Map<number, Frame>} */
    this.early = new Map();
    /** @type {Frame[]} */
    this.parts = [];
    this.isAckDue = false;
  }

  /**
   * @returns {number} how many datagrams wait or are not acknowledged
   */
  get backlog() {
    return this.waiting.length + this.flying.size;
  }

  /**
   * Take a message to be sent, in order, after those before it.
   * @param {string} address
   * @param {Atom[]} atoms
   */
  push(address, atoms) {
    const parts = splitAtoms(address, atoms);
    parts.forEach((chunk, part) => {
      const sequence = this.nextSequence;
      const head = [this.nonce, sequence, part, parts.length];
      this.waiting.push({ sequence, datagram: { address, atoms: [...head, ...chunk] } });
      this.nextSequence += 1;
    });
  }

  /**
   * Take a numbered frame of the other side and return the messages that it completes.
   * @param {Frame} frame
   * @param {number} now
   * @returns {Frame[][]} the frames of each message
   */
  received(frame, now) {
    this.heardAt = now;
    this.isAckDue = true;
    if (frame.sequence < this.expected || frame.sequence >= this.expected + 2 * WINDOW) {
      return [];
    }
    this.early.set(frame.sequence, frame);
    const messages = [];
    for (let next = this.early.get(this.expected); next; next = this.early.get(this.expected)) {
      this.early.delete(this.expected);
      this.expected += 1;
      this.parts.push(next);
      if (this.isComplete()) {
        messages.push(this.parts);
        this.parts = [];
      }
    }
    return messages;
  }

  /**
   * @returns {boolean} whether the parts are a message, or can never become one
   */
  isComplete() {
    const count = this.parts[0].partCount;
    const last = this.parts[this.parts.length - 1];
    const isBroken = count > MAX_PARTS || last.partCount !== count;
    return isBroken || last.part >= count - 1 || this.parts.length >= count;
  }

  /**
   * Take the other side's word that all before `expected` has arrived.
   * @param {number} expected
   * @param {number} now
   */
  receivedAck(expected, now) {
    this.heardAt = now;
    const [oldest = this.nextSequence] = this.flying.keys();
    if (expected === oldest && this.flying.size > 0) {
      this.repeatedAcks += 1;
    }
    if (expected <= oldest || expected > oldest + this.flying.size) {
      return;
    }
    for (let sequence = oldest; sequence < expected; sequence += 1) {
      this.flying.delete(sequence);
    }
    this.progressAt = now;
    this.resendMs = FIRST_RESEND_MS;
    this.repeatedAcks = 0;
  }

  /**
   * Return the datagrams to send at this moment.
   * @param {number} now
   * @returns {Datagram[]}
   */
  outgoing(now) {
    /** @type {Datagram[]} */
    const datagrams = [];
    if (this.isAckDue) {
      this.isAckDue = false;
      datagrams.push({ address: ACK, atoms: [this.nonce, this.expected] });
    }
    datagrams.push(...this.resends(now));
    if (this.flying.size === 0) {
      this.progressAt = now;
    }
    const free = this.waiting.splice(0, WINDOW - this.flying.size);
    for (const { sequence, datagram } of free) {
      this.flying.set(sequence, { datagram, sentAt: now });
      datagrams.push(datagram);
    }
    return datagrams;
  }

  /**
   * @param {number} now
   * @returns {Datagram[]} the oldest datagram, where it is late or was lost
   */
  resends(now) {
    const [oldest] = this.flying;
    if (oldest === undefined) {
      return [];
    }
    const [sequence, first] = oldest;
    const isLate = now >= first.sentAt + this.resendMs;
    const isHole = this.repeatedAcks >= REPEATED_ACKS && this.resentHole !== sequence;
    if (!isLate && !isHole) {
      return [];
    }
    if (isLate) {
      this.resendMs = Math.min(2 * this.resendMs, LAST_RESEND_MS);
    }
    this.resentHole = sequence;
    first.sentAt = now;
    return [first.datagram];
  }

  /**
   * @returns {number | null} when `outgoing` has something to resend
   */
  nextDeadline() {
    const [oldest] = this.flying.values();
    return oldest === undefined ? null : oldest.sentAt + this.resendMs;
  }
}
