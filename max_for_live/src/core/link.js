// The device's side of the wire: it finds the server, asks, listens, and finds it again. Pure: the
// clock, the chance and the two UDP objects are handed in. The class Client of
// server/reprise/client.py in JavaScript, for a host that does not say whether a port was bound.

import { steadyClock } from "./clock.js";
import { UNNUMBERED, joinFrames, parseFrame } from "./frames.js";
import { Numbering } from "./numbering.js";
import { NumberedTexts, ProtocolError, decodeMessage, encodeMessage } from "./protocol.js";
import { TABLE } from "./protocol_table.js";
import { RESTING_WAIT_MS, SERVER_PORTS, Search } from "./search.js";
import { Silence } from "./silence.js";
import { Unanswered } from "./unanswered.js";

/**
 * @typedef {import("./protocol.js").Atom} Atom
 * @typedef {import("./protocol.js").Plain} Plain
 * @typedef {import("./frames.js").Frame} Frame
 * @typedef {"off" | "searching" | "found" | "missing" | "versions"} State
 * @typedef {{state: State, sentence: string, welcome: Plain | null}} Health
 * @typedef {object} Host what the link needs of the world
 * @property {() => number} now in ms
 * @property {() => number} random 0 to 1
 * @property {(port: number, address: string, atoms: Atom[]) => void} send
 * @property {(port: number) => void} listen hear datagrams on this port from now on, no other
 * @property {(ms: number) => void} wake call `tick` in so many ms; what was asked before is off
 * @property {(health: Health) => void} onHealth called when it changes
 * @property {() => void} [onWelcome] called at each welcome, also where `onHealth` is not
 * @property {(message: Plain) => void} onMessage what the server says about requests
 * @property {string} client what is speaking, such as "max-for-live 1.0.0"
 * @property {number[]} [ports] of the server
 */

export const NOT_RUNNING = 73;
export const MISSING_SENTENCE =
  "Reprise is not running. Start it in a terminal with: reprise start";

const MALFORMED = 13;
const UNSUPPORTED_VERSION = 12;
const SEARCHING_SENTENCE = "Looking for the Reprise server";
const FOUND_SENTENCE = "Reprise is running";
export const OTHER_ENGINES_SENTENCE = "The Model menu has changed";
const UNREADABLE_SENTENCE =
  "The server said something that this device cannot read. Install the same Reprise on both sides";

const PING = "/reprise/ping";
const PATIENCE_MS = 15_000;
const STALL_MS = 100;

/** One device's connection. */
export class Link {
  /**
   * @param {Host} host
   */
  constructor(host) {
    this.host = host;
    this.now = steadyClock(host.now);
    this.search = new Search(host.ports ?? SERVER_PORTS, host.random);
    /** @type {Health} */
    this.health = { state: "off", sentence: "", welcome: null };
    this.unanswered = new Unanswered();
    this.serverPort = 0;
    this.replyPort = 0;
    this.tryEndsAt = 0;
    this.silence = new Silence();
    this.refusedBy = 0;
    this.isRefused = false;
    this.wokenFor = Infinity;
    this.texts = new NumberedTexts();
    this.numbering = new Numbering(0, 0);
  }

  /**
   * @returns {boolean} whether a request has no last word yet
   */
  get isWaiting() {
    return this.unanswered.size > 0;
  }

  /** Begin to look for the server; nothing happens where that was done before. */
  start() {
    if (this.health.state !== "off") {
      return;
    }
    this.setHealth("searching", SEARCHING_SENTENCE);
    this.hello();
    this.rest();
  }

  /** Stop what was asked and fall silent for good. */
  stop() {
    this.unanswered.ids.forEach((requestId) => this.cancel(requestId));
    this.health = { state: "off", sentence: "", welcome: null };
  }

  /**
   * Send a request; it is sent again by itself where the server restarts before its last word.
   * @param {Plain} request without its `request_id`
   * @returns {number} the `request_id` that answers will have
   */
  ask(request) {
    const message = this.unanswered.numbered(request);
    const atoms = encodeMessage(message);
    const now = this.now();
    const wasResting = this.isResting();
    this.unanswered.add(message, now);
    if (this.health.state === "found") {
      this.silence.expect(now);
      this.numbering.push(TABLE.messages[message.kind].address, atoms);
    } else if (wasResting) {
      this.hello();
    }
    this.rest();
    return message.request_id;
  }

  /**
   * Stop a request; nothing more is said about it.
   * @param {number} requestId
   */
  cancel(requestId) {
    if (this.unanswered.remove(requestId) && this.health.state === "found") {
      this.push({ kind: "cancel", request_id: requestId });
      this.rest();
    }
  }

  /**
   * Take a datagram; what is not for this session is dropped.
   * @param {string} address
   * @param {Atom[]} atoms
   */
  receive(address, atoms) {
    const frame = this.health.state === "off" ? null : parseFrame(address, atoms);
    if (frame !== null && frame.nonce === this.numbering.nonce) {
      this.take(frame);
      this.rest();
    }
  }

  /** Do what is due; `wake` says when to call it. */
  tick() {
    if (this.health.state === "off") {
      return;
    }
    const now = this.now();
    this.excuse(now - this.wokenFor);
    this.wokenFor = Infinity;
    if (this.health.state === "found") {
      this.lookAfterSession(now);
    } else {
      this.giveUpRequests(now);
      this.searchOn(now);
    }
    this.rest();
  }

  /**
   * Time in which the host's thread stood still is no silence of the server's.
   * @param {number} lateMs
   */
  excuse(lateMs) {
    if (lateMs > STALL_MS && lateMs < Infinity) {
      this.tryEndsAt += lateMs;
      this.silence.excuse(lateMs, this.numbering.heardAt);
    }
  }

  /**
   * Try the next ports once the time is up, and say so where all were tried.
   * @param {number} now
   */
  searchOn(now) {
    if (now < this.tryEndsAt) {
      return;
    }
    const { state } = this.health;
    const hasGone = this.serverPort === this.refusedBy && !this.isRefused;
    if (this.search.isExhausted && (state === "searching" || (state === "versions" && hasGone))) {
      this.setHealth("missing", MISSING_SENTENCE);
    }
    this.hello();
  }

  /** Open a new session: say hello with a new nonce. */
  hello() {
    const now = this.now();
    if (this.isWaiting && this.search.isExhausted) {
      this.search.restart();
    }
    const { serverPort, replyPort, waitMs } = this.search.next();
    if (replyPort !== this.replyPort) {
      this.replyPort = replyPort;
      this.host.listen(replyPort);
    }
    this.serverPort = serverPort;
    this.tryEndsAt = now + waitMs;
    this.isRefused = false;
    this.texts = new NumberedTexts();
    this.numbering = new Numbering(Math.floor(this.host.random() * 2 ** 32) - 2 ** 31, now);
    this.push({ kind: "hello", reply_port: replyPort, client: this.host.client });
    this.flush();
  }

  /** The server has gone or has forgotten us: look for it, first where it was. */
  reconnect() {
    this.unanswered.abandon(this.now());
    this.setHealth("searching", SEARCHING_SENTENCE);
    this.search.restart();
    this.hello();
  }

  /**
   * @returns {boolean} whether the search sends but one datagram in two seconds
   */
  isResting() {
    return this.health.state !== "found" && this.search.isExhausted && !this.isWaiting;
  }

  /**
   * @returns {boolean} whether something of ours is unanswered or not acknowledged
   */
  get isBusy() {
    return this.isWaiting || this.numbering.backlog > 0;
  }

  /**
   * Ask whether the server is still there: now and then, and when an answer is due.
   * @param {number} now
   */
  lookAfterSession(now) {
    const advice = this.silence.advice(now, this.numbering.heardAt, this.isBusy);
    if (advice === "lost") {
      this.reconnect();
    } else if (advice === "ping") {
      this.host.send(this.serverPort, PING, [this.numbering.nonce]);
    }
  }

  /**
   * Requests that no server answers for long end with an error.
   * @param {number} now
   */
  giveUpRequests(now) {
    this.fail(this.unanswered.abandonedBefore(now - PATIENCE_MS), NOT_RUNNING, MISSING_SENTENCE);
  }

  /**
   * @param {number[]} requestIds
   * @param {number} code
   * @param {string} sentence
   */
  fail(requestIds, code, sentence) {
    for (const requestId of requestIds) {
      this.unanswered.remove(requestId);
      this.host.onMessage({ kind: "error", request_id: requestId, code, sentence });
    }
  }

  /**
   * A server is there that we do not understand, or that does not understand us.
   * @param {number} code
   * @param {string} sentence
   */
  refused(code, sentence) {
    this.refusedBy = this.serverPort;
    this.isRefused = true;
    this.search.stay();
    this.tryEndsAt = this.now() + RESTING_WAIT_MS;
    this.setHealth("versions", sentence);
    this.fail(this.unanswered.ids, code, sentence);
  }

  /**
   * @param {Plain} message
   */
  push(message) {
    this.numbering.push(TABLE.messages[message.kind].address, encodeMessage(message));
  }

  /** Send what is due. */
  flush() {
    for (const { address, atoms } of this.numbering.outgoing(this.now())) {
      this.host.send(this.serverPort, address, atoms);
    }
  }

  /** Send what is due and ask to be woken for what is due later. */
  rest() {
    if (this.health.state === "off") {
      return;
    }
    const isQuiet = this.isResting() && !this.numbering.isAckDue;
    if (!isQuiet) {
      this.flush();
    }
    const deadline = this.nextDeadline(isQuiet);
    if (deadline < this.wokenFor) {
      this.wokenFor = deadline;
      this.host.wake(Math.max(0, deadline - this.now()));
    }
  }

  /**
   * @param {boolean} isQuiet whether nothing is sent again
   * @returns {number} in ms of the clock
   */
  nextDeadline(isQuiet) {
    const resendAt = (isQuiet ? null : this.numbering.nextDeadline()) ?? Infinity;
    if (this.health.state !== "found") {
      return Math.min(resendAt, this.tryEndsAt);
    }
    return Math.min(resendAt, this.silence.deadline(this.numbering.heardAt, this.isBusy));
  }

  /**
   * @param {Frame} frame
   */
  take(frame) {
    const now = this.now();
    this.silence.heard();
    if (frame.address === "/reprise/ack/reply") {
      this.numbering.receivedAck(frame.sequence, now);
    } else if (frame.address === "/reprise/ping/reply") {
      this.numbering.heardAt = now;
    } else if (frame.address === "/reprise/hello/again") {
      this.reconnect();
    } else if (frame.sequence === UNNUMBERED) {
      this.hear([frame], new NumberedTexts());
    } else {
      for (const frames of this.numbering.received(frame, now)) {
        this.hear(frames, this.texts);
      }
    }
  }

  /**
   * @param {Frame[]} frames of one message
   * @param {NumberedTexts} texts
   */
  hear(frames, texts) {
    try {
      this.heard(decodeMessage(frames[0].address, joinFrames(frames), texts));
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      this.unreadable();
    }
  }

  /** What we cannot read may hold the answer to anything, so nothing waits for it any longer. */
  unreadable() {
    if (this.health.state !== "found") {
      this.refused(MALFORMED, UNREADABLE_SENTENCE);
      return;
    }
    this.fail(this.unanswered.ids, MALFORMED, UNREADABLE_SENTENCE);
    this.reconnect();
  }

  /**
   * @param {Plain} message
   */
  heard(message) {
    if (message.kind === "welcome") {
      this.welcomed(message);
    } else if (message.kind === "error" && message.code === UNSUPPORTED_VERSION) {
      this.refused(UNSUPPORTED_VERSION, message.sentence);
    } else if (this.unanswered.isNews(message)) {
      this.host.onMessage(message);
    }
  }

  /**
   * Take a welcome; a slow server says it once for each hello, and the first is enough. A later one
   * with other engines fills the menus again.
   * @param {Plain} welcome
   */
  welcomed(welcome) {
    if (this.health.state === "found") {
      this.retold(welcome);
    } else {
      this.search.restart();
      this.setHealth("found", FOUND_SENTENCE, welcome);
      this.unanswered.messages.forEach((message) => this.push(message));
    }
    this.host.onWelcome?.();
  }

  /**
   * @param {Plain} welcome
   */
  retold(welcome) {
    const known = JSON.stringify(this.health.welcome?.engines);
    if (JSON.stringify(welcome.engines) !== known) {
      this.setHealth("found", OTHER_ENGINES_SENTENCE, welcome);
    }
  }

  /**
   * @param {State} state
   * @param {string} sentence
   * @param {Plain | null} [welcome]
   */
  setHealth(state, sentence, welcome = null) {
    if (this.health.state === state && welcome === null) {
      return;
    }
    this.health = { state, sentence, welcome };
    this.host.onHealth(this.health);
  }
}
