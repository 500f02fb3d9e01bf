// The device: it hears what Max says and tells everyone else.

import { Audition } from "./adapter/audition.js";
import { MorphPair } from "./adapter/morph_pair.js";
import { out, sendDatagram } from "./adapter/outlets.js";
import { readLearnt } from "./adapter/read_learnt.js";
import { readQuestion } from "./adapter/read_question.js";
import { Refusal, findOriginal, readSelected } from "./adapter/read_set.js";
import { Timer, inSlices, schedule } from "./adapter/slices.js";
import { Watching } from "./adapter/watching.js";
import { Clicks, isAskedInPlace } from "./clicks.js";
import { INITIAL } from "./core/controls.js";
import { Link } from "./core/link.js";
import { AUTO, whyNot } from "./core/models.js";
import { verbOfName } from "./core/names.js";
import { packState, unpackState } from "./core/packing.js";
import { ProtocolError } from "./core/protocol.js";
import { VERBS } from "./core/verbs.js";
import { Screen } from "./screen.js";

/**
 * @typedef {import("./adapter/read_question.js").Read} Read
 * @typedef {import("./adapter/read_question.js").Wish} Wish
 * @typedef {import("./core/results.js").Lineage} Lineage
 * @typedef {import("./core/shapes.js").Plain} Plain
 * @typedef {Partial<Wish> & {verb: string}} Press what is other than the controls say
 */

const CLIENT = "max-for-live";

/** One copy of the device. */
export class Device {
  /**
   * @param {number[]} [ports] of the server, where they are others than usual
   */
  constructor(ports) {
    this.isReady = false;
    this.controls = { ...INITIAL };
    this.saved = "";
    /** @type {Map<number, (reply: Plain) => void>} */
    this.replies = new Map();
    this.stopLooking = () => {};
    this.isAskingStyles = false;
    this.said = (/** @type {Plain} */ { sentence }) => this.screen.report(sentence);
    this.ticking = new Timer(() => this.link.tick());
    this.screen = new Screen();
    this.pair = new MorphPair();
    this.link = this.makeLink(ports);
    this.audition = this.makeAudition();
    this.clicks = new Clicks({
      ...{ link: this.link, screen: this.screen, audition: this.audition },
      fail: (error) => this.fail(error),
    });
    this.watching = new Watching(() => this.look());
  }

  /**
   * @param {number[] | undefined} ports
   * @returns {Link}
   */
  makeLink(ports) {
    return new Link({
      now: () => Date.now(),
      random: () => Math.random(),
      send: sendDatagram,
      listen: (port) => out("listen", port),
      wake: (ms) => this.ticking.start(ms),
      onHealth: (health) => {
        this.screen.health(health, this.clicks.isBusy);
        this.watching.settle();
      },
      onWelcome: () => this.askStyles(),
      onMessage: (message) => this.hear(message),
      client: CLIENT,
      ...(ports === undefined ? {} : { ports }),
    });
  }

  /**
   * @returns {Audition}
   */
  makeAudition() {
    return new Audition({
      say: (sentence) => this.screen.report(sentence),
      show: showHeard,
      changed: () => this.save(),
      menu: (action, value) =>
        out("menu", "recall", action, ...(value === undefined ? [] : [value])),
      ask: (request, onReply) => this.replies.set(this.link.ask(request), onReply),
      schedule,
    });
  }

  /** The Live API is there; said twice where a preset is loaded. */
  ready() {
    this.isReady = true;
    out("busy", -1);
    this.audition.ready();
    this.link.start();
    this.watching.start();
  }

  /** The device is taken out. */
  close() {
    this.isReady = false;
    this.clicks.cancel();
    this.stopLooking();
    this.audition.close();
    this.watching.close();
    this.link.stop();
    this.ticking.stop();
  }

  // ---------------------------------------------------------------- what the producer does

  /**
   * @param {string} action
   */
  press(action) {
    if (!this.isReady) {
      return;
    }
    this.watching.touch();
    try {
      this.act(action);
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * @param {string} action
   */
  act(action) {
    /** @type {Record<string, () => void>} */
    const others = {
      morph: () => this.ask(this.pair.press()),
      mark: () => this.screen.tell(this.pair.mark()),
      again: () => this.again(),
      more: () => this.more(),
      cancel: () => this.screen.report(this.clicks.cancel()),
      previous: () => this.audition.previous(),
      next: () => this.audition.next(),
      keep: () => this.audition.keep(),
      discard: () => this.audition.discard(),
      star: () => this.audition.star(),
      learn: () => this.learn(),
    };
    if (Object.hasOwn(others, action)) {
      others[action]();
    } else if (VERBS.includes(action)) {
      this.ask({ verb: action });
    }
  }

  /**
   * @param {string} name
   * @param {number} value
   */
  set(name, value) {
    const wasLocked = this.controls.seed_lock === 1;
    Object.assign(this.controls, { [name]: value });
    if (!this.isReady) {
      return;
    }
    const isLocked = this.controls.seed_lock === 1;
    if (isLocked && !wasLocked && this.clicks.lastSeed > 0) {
      // Locking the seed keeps that of what was written last.
      out("value", "seed", this.clicks.lastSeed);
    }
    if (name === "context") {
      this.watching.settle();
    }
  }

  /**
   * @param {string} menu
   * @param {number} row
   */
  pick(menu, row) {
    if (!this.isReady) {
      return;
    }
    this.watching.touch();
    if (menu === "recall") {
      this.audition.recall(row);
      return;
    }
    this.screen.pick(menu, row);
    this.save();
  }

  /**
   * @param {number} cell of the Bars strip
   * @param {boolean} isMarked whether it may change
   */
  mark(cell, isMarked) {
    if (!this.isReady) {
      return;
    }
    this.watching.touch();
    this.screen.mark(cell, isMarked);
    this.watching.settle();
  }

  /** A new seed, on the original, nothing that came before. */
  again() {
    const origin = this.origin();
    const originalId = origin?.originalId ?? 0;
    const before = this.clicks.pastOf(originalId || (readSelected().clip?.id ?? 0));
    this.ask({
      verb: before?.verb ?? (origin?.verb || "vary"),
      ...{ clipId: before?.originalId ?? originalId, targetId: before?.targetId ?? 0 },
      notLike: before?.resultIds ?? origin?.otherIds ?? [],
      seed: null,
    });
  }

  /** Lean towards the result that is selected or heard; the source stays the original. */
  more() {
    const origin = this.origin();
    if (origin === null) {
      this.screen.report("Like this needs a result. Go to one with Next or select its clip");
      return;
    }
    const { resultId, originalId } = origin;
    const before = this.clicks.past.get(originalId);
    this.ask({
      verb: origin.verb || (before?.verb ?? "vary"),
      ...{ clipId: originalId, targetId: before?.targetId ?? 0 },
      ...{ parent: resultId, like: resultId, seed: null },
      notLike: before?.resultIds.filter((id) => id !== resultId) ?? [],
    });
  }

  /**
   * @returns {Lineage | null} of the clip that is selected; where that is the original, of the
   *   result that is heard
   */
  origin() {
    const { clip } = readSelected();
    const name = clip?.text("name") ?? "";
    const own = clip === null ? null : this.audition.resultOf(clip.id, name);
    if (clip !== null && own !== null) {
      const originalId = own.originalId || findOriginal(clip);
      return { ...own, originalId, verb: own.verb || verbOfName(name) };
    }
    const heard = this.audition.heard();
    const isAbout = heard !== null && (clip === null || clip.id === heard.originalId);
    return isAbout ? { ...heard, verb: "", otherIds: [] } : null;
  }

  /** Add the selected clip, or the starred results, to the producer's own corpus. */
  learn() {
    if (this.isUnheard()) {
      return;
    }
    this.stopLooking();
    inSlices(
      readLearnt(this.audition.starred),
      (request) => this.replies.set(this.link.ask(request), this.said),
      (error) => this.fail(error),
    );
  }

  // ---------------------------------------------------------------- asking and answering

  /**
   * @returns {boolean} whether there is no server to ask; then the line says so
   */
  isUnheard() {
    const { state, sentence } = this.link.health;
    const isUnheard = state === "missing" || state === "versions";
    if (isUnheard) {
      this.screen.report(sentence);
    }
    return isUnheard;
  }

  /**
   * @param {Press} press
   */
  ask(press) {
    if (this.isUnheard()) {
      return;
    }
    this.stopLooking();
    const { able } = this.screen;
    this.clicks.begin(readQuestion(this.wish(press)), (verb) => whyNot(able, verb));
  }

  /**
   * @param {Press} press
   * @returns {Wish}
   */
  wish(press) {
    const { screen } = this;
    const controls = { ...this.controls };
    return {
      ...{ controls, part: screen.part, engine: screen.model.name, style: screen.style },
      ...{ clipId: 0, targetId: 0 },
      ...{ parent: null, like: null, notLike: [] },
      marks: (clipId) => screen.marksOf(clipId),
      seed: controls.seed_lock === 1 ? Math.round(controls.seed) : null,
      count: isAskedInPlace({ ...press, controls }) ? 1 : Math.round(controls.count),
      ...press,
    };
  }

  /** Fill the Style menu; a server that does not know the question says nothing to it. */
  askStyles() {
    if (this.isAskingStyles) {
      return;
    }
    this.isAskingStyles = true;
    this.replies.set(this.link.ask({ kind: "styles" }), (reply) => {
      this.isAskingStyles = false;
      if (reply.kind === "styles_reply") {
        this.screen.styles = { corpora: reply.corpora, engines: reply.engines };
        this.screen.showModels();
      }
    });
  }

  /**
   * @param {Plain} message of the server
   */
  hear(message) {
    const reply = this.replies.get(message.request_id);
    if (reply === undefined) {
      this.clicks.take(message);
    } else if (message.kind !== "progress") {
      this.replies.delete(message.request_id);
      reply(message);
    }
  }

  /**
   * Say what cannot be; what nobody foresaw goes to the Max window as well.
   * @param {any} error
   */
  fail(error) {
    if (error instanceof Refusal || error instanceof ProtocolError) {
      this.screen.report(error.message);
      return;
    }
    this.screen.report(`Something went wrong: ${error.message}`);
    throw error;
  }

  // ---------------------------------------------------------------- what a click would do

  /** Say what a click would do. */
  look() {
    this.stopLooking();
    if (this.clicks.isBusy || this.link.health.state === "versions") {
      return;
    }
    this.stopLooking = inSlices(
      readQuestion(this.wish({ verb: this.screen.foremost })),
      ({ question, slotId }) =>
        this.screen.show(question, slotId, this.pair.about(question.clip.id)),
      (error) => this.lookedInVain(error),
    );
  }

  /**
   * @param {any} error
   */
  lookedInVain(error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    this.screen.preview(error.message);
    if (readSelected().clip === null) {
      this.screen.clear();
    }
  }

  // ---------------------------------------------------------------- what is saved with the Set

  /** Save the chosen model and style and the results; nothing of it is an undo step. */
  save() {
    const { engine, style } = this.screen;
    const packed = packState({ engine, style, results: this.audition.saved() });
    if (packed.length > 0 && packed.join() !== this.saved) {
      this.saved = packed.join();
      out("save", ...packed);
    }
  }

  /**
   * @param {number[]} packed
   */
  restore(packed) {
    if (packed.join() === this.saved) {
      return;
    }
    this.saved = packed.join();
    const state = unpackState(packed);
    this.screen.engine = typeof state.engine === "string" ? state.engine : AUTO.name;
    this.screen.style = typeof state.style === "string" ? state.style : "";
    this.audition.restore(state.results);
  }
}

/**
 * @param {number} index 0 for the original
 * @param {number} count
 * @param {number} change percent
 * @param {number} noteCount
 */
function showHeard(index, count, change, noteCount) {
  if (count === 0) {
    out("show", " ");
  } else if (index === 0) {
    out("show", "Original", "·", 0, "/", count);
  } else {
    out("show", index, "/", count, "·", "change", change, "%", "·", noteCount, "notes");
  }
}
