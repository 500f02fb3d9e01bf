// The device: it hears what Max says, asks the server, and writes what comes back.

import { Audition } from "./adapter/audition.js";
import { land } from "./adapter/landing.js";
import { fillMenu, out, say, sendDatagram, showLight, showStrip } from "./adapter/outlets.js";
import { readQuestion } from "./adapter/read_question.js";
import { Refusal } from "./adapter/read_set.js";
import { inSlices, schedule } from "./adapter/slices.js";
import { Watching } from "./adapter/watching.js";
import { readSelected } from "./adapter/read_set.js";
import { INITIAL } from "./core/controls.js";
import { Gathering } from "./core/gathering.js";
import { Link } from "./core/link.js";
import { modelsFor } from "./core/models.js";
import { packState, unpackState } from "./core/packing.js";
import { partNames } from "./core/parts.js";
import { previewLine, workLine } from "./core/preview.js";
import { ProtocolError } from "./core/protocol.js";
import { reportLine } from "./core/report.js";
import { buildRequest } from "./core/request.js";
import { tracksOf } from "./core/context.js";

/**
 * @typedef {import("./adapter/landing.js").Asked} Asked
 * @typedef {import("./adapter/read_question.js").Read} Read
 * @typedef {import("./adapter/read_question.js").Wish} Wish
 * @typedef {import("./core/models.js").Model} Model
 * @typedef {import("./core/protocol.js").Atom} Atom
 * @typedef {import("./core/shapes.js").Clip} Clip
 * @typedef {import("./core/shapes.js").Plain} Plain
 * @typedef {object} Job a click that is being answered
 * @property {number} number of the click
 * @property {number} requestId
 * @property {Asked} asked
 * @property {Gathering} gathering
 */

const CLIENT = "max-for-live";
const VERBS = ["vary", "continue", "refill", "redo", "accompany", "morph", "develop"];
const ALL = "All";
/** What a press itself selects is no reason to take its report away. */
const REPORT_MS = 400;

/** One copy of the device. */
export class Device {
  /**
   * @param {number[]} [ports] of the server, where they are others than usual
   */
  constructor(ports) {
    this.isReady = false;
    this.controls = { ...INITIAL };
    this.clicks = 0;
    /** @type {Job | null} */
    this.job = null;
    /** @type {Map<number, (reply: Plain) => void>} */
    this.replies = new Map();
    /** @type {Map<number, {verb: string, count: number, resultIds: string[]}>} by original clip */
    this.history = new Map();
    /** @type {{clip: Clip | null, marks: boolean[]}} */
    this.strip = { clip: null, marks: [] };
    this.menus = { model: "", part: "" };
    this.rows = { model: modelsFor(null, false), part: [ALL] };
    /** @type {Plain | null} */
    this.welcome = null;
    this.isDrums = false;
    this.engine = "auto";
    this.part = ALL;
    this.saved = "";
    this.previewed = "";
    this.reportedAt = 0;
    this.lastSeed = 0;
    this.stopReading = () => {};
    this.stopLooking = () => {};
    this.stopWriting = () => {};
    this.stopTick = () => {};
    this.link = new Link({
      now: () => Date.now(),
      random: () => Math.random(),
      send: sendDatagram,
      listen: (port) => out("listen", port),
      wake: (ms) => {
        this.stopTick();
        this.stopTick = schedule(ms, () => this.link.tick());
      },
      onHealth: (health) => this.onHealth(health),
      onMessage: (message) => this.onMessage(message),
      client: CLIENT,
      ...(ports === undefined ? {} : { ports }),
    });
    this.watching = new Watching(() => this.look());
    this.audition = new Audition({
      say: (sentence) => this.report(sentence),
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
    this.cancelJob();
    this.stopLooking();
    this.audition.close();
    this.watching.close();
    this.link.stop();
    this.stopTick();
    this.isReady = false;
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
    if (VERBS.includes(action)) {
      this.ask({ verb: action });
    } else if (action === "again") {
      this.again();
    } else if (action === "more") {
      this.more();
    } else if (action === "cancel") {
      this.cancel();
    } else if (action === "previous") {
      this.audition.previous();
    } else if (action === "next") {
      this.audition.next();
    } else if (action === "keep") {
      this.audition.keep();
    } else if (action === "discard") {
      this.audition.discard();
    } else if (action === "star") {
      this.audition.star();
    }
  }

  /**
   * @param {string} name
   * @param {number} value
   */
  set(name, value) {
    const wasLocked = this.controls.seed_lock;
    Object.assign(this.controls, { [name]: value });
    if (name === "seed_lock" && value === 1 && wasLocked === 0 && this.isReady) {
      this.keepSeed();
    }
    if (name === "context" && this.isReady) {
      this.watching.settle();
    }
  }

  /** Locking the seed keeps that of what was written last. */
  keepSeed() {
    if (this.lastSeed > 0) {
      out("value", "seed", this.lastSeed);
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
    if (menu === "model") {
      this.engine = this.rows.model[row]?.name ?? "auto";
      this.save();
    } else {
      this.part = this.rows.part[row] ?? ALL;
    }
    out("menu", menu, "set", row);
  }

  /**
   * @param {number} cell of the Bars strip
   * @param {boolean} isMarked whether it may change
   */
  mark(cell, isMarked) {
    this.watching.touch();
    this.strip.marks[cell] = isMarked;
    this.reportedAt = 0;
    this.watching.settle();
  }

  /** Stop what is asked. */
  cancel() {
    const hasJob = this.job !== null;
    const hasWritten = this.job?.gathering.hasWritten ?? false;
    this.cancelJob();
    const kept = hasWritten ? "What was written before stays" : "Nothing was written";
    this.report(hasJob ? `Cancelled. ${kept}` : "There is nothing to cancel");
  }

  /** A new seed, on the original, nothing that came before. */
  again() {
    const origin = this.origin();
    const clipId = (origin?.originalId || readSelected().clip?.id) ?? 0;
    const before = this.history.get(clipId);
    this.ask({
      verb: before?.verb ?? (origin?.verb || "vary"),
      clipId: origin === null || origin.originalId === 0 ? 0 : clipId,
      notLike: before?.resultIds ?? [],
      seed: null,
    });
  }

  /** Lean towards the result that is heard or selected; the source stays the original. */
  more() {
    const origin = this.origin();
    if (origin === null) {
      this.report("Like this needs a result. Go to one with Next or select its clip");
      return;
    }
    const { resultId, originalId } = origin;
    const before = this.history.get(originalId);
    this.ask({
      verb: origin.verb || (before?.verb ?? "vary"),
      clipId: originalId,
      parent: resultId,
      like: resultId,
      notLike: before?.resultIds.filter((id) => id !== resultId) ?? [],
      seed: null,
    });
  }

  /**
   * @returns {{resultId: string, originalId: number, verb?: string} | null} of the result that is
   *   selected, else of the one that is heard
   */
  origin() {
    const clip = readSelected().clip;
    const own = clip === null ? null : this.audition.resultOf(clip.id, clip.text("name"));
    return own ?? this.audition.heard();
  }

  // ---------------------------------------------------------------- asking

  /**
   * @param {Partial<Wish> & {verb: string}} wish
   */
  ask(wish) {
    const { state, sentence } = this.link.health;
    if (state === "missing" || state === "versions") {
      this.report(sentence);
      return;
    }
    this.cancelJob();
    this.stopLooking();
    this.light();
    this.stopReading = inSlices(
      readQuestion(this.wish(wish)),
      (read) => this.send(read),
      (error) => this.fail(error),
    );
  }

  /**
   * @param {Partial<Wish> & {verb: string}} wish
   * @returns {Wish}
   */
  wish(wish) {
    const { controls } = this;
    const isInPlace = wish.verb === "refill" && controls.in_place === 1;
    return {
      controls: { ...controls },
      part: this.part,
      engine: this.rows.model.some(({ name }) => name === this.engine) ? this.engine : "auto",
      marks: (clipId) => (this.strip.clip?.id === clipId ? this.strip.marks : []),
      clipId: 0,
      parent: null,
      like: null,
      notLike: [],
      seed: controls.seed_lock === 1 ? Math.round(controls.seed) : null,
      count: isInPlace ? 1 : Math.round(controls.count),
      ...wish,
    };
  }

  /**
   * @param {Read} read
   */
  send({ question, slotId }) {
    const { request, places } = buildRequest({ ...question, parent: this.parentOf(question) });
    const isInPlace = question.verb === "refill" && question.controls.in_place === 1;
    const firstNumber = (this.history.get(question.clip.id)?.count ?? 0) + 1;
    const asked = { question, places, slotId, isInPlace, firstNumber };
    this.clicks += 1;
    const requestId = this.link.ask(request);
    const gathering = new Gathering(Date.now());
    this.job = { number: this.clicks, requestId, asked, gathering };
    this.light();
    out("busy", 0);
    this.report(workLine({ ...question, heard: tracksOf(question.heard).map(({ name }) => name) }));
  }

  /**
   * @param {import("./core/request.js").Question} question
   * @returns {string | null} the result that its clip is
   */
  parentOf({ parent, clip }) {
    return parent ?? this.audition.resultOf(clip.id, clip.name)?.resultId ?? null;
  }

  // ---------------------------------------------------------------- what the server says

  /**
   * @param {import("./core/link.js").Health} health
   */
  onHealth({ state, sentence, welcome }) {
    this.light();
    if (state === "found") {
      this.welcome = welcome;
      this.showModels();
    }
    if (this.job === null && state !== "off") {
      say(sentence);
      this.previewed = "";
      this.watching.settle();
    }
  }

  /**
   * @param {Plain} message
   */
  onMessage(message) {
    const reply = this.replies.get(message.request_id);
    if (reply !== undefined) {
      this.replies.delete(message.request_id);
      reply(message);
      return;
    }
    if (this.job !== null && this.job.requestId === message.request_id) {
      this.answer(this.job, message);
    }
  }

  /**
   * @param {Job} job
   * @param {Plain} message
   */
  answer(job, message) {
    switch (message.kind) {
      case "progress":
        out("busy", Math.round(100 * message.fraction));
        break;
      case "result":
        job.gathering.add(message, Date.now());
        this.writeWhenDue(job);
        break;
      case "done":
        this.end(job, message.warnings);
        break;
      case "error":
        this.end(job, []);
        this.report(message.sentence);
        break;
    }
  }

  /**
   * @param {Job} job
   * @param {string[]} warnings
   */
  end(job, warnings) {
    this.stopWriting();
    job.gathering.end();
    this.job = null;
    out("busy", -1);
    this.light();
    this.write(job, warnings);
  }

  /**
   * @param {Job} job
   */
  writeWhenDue(job) {
    this.stopWriting();
    const { dueAt } = job.gathering;
    if (dueAt < Infinity) {
      this.stopWriting = schedule(Math.max(0, dueAt - Date.now()), () => this.write(job, []));
    }
  }

  /**
   * Write what is complete, in one undo step.
   * @param {Job} job
   * @param {string[]} warnings
   */
  write(job, warnings) {
    const results = job.gathering.take();
    if (results.length === 0) {
      if (warnings.length > 0) {
        this.report(warnings[0]);
      }
      return;
    }
    try {
      this.wrote(job, results, land(job.asked, results), warnings);
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * @param {Job} job
   * @param {Plain[]} results
   * @param {ReturnType<typeof land>} written
   * @param {string[]} warnings
   */
  wrote({ number, asked }, results, { landing, landed }, warnings) {
    const { verb, clip, track } = asked.question;
    const before = this.history.get(clip.id) ?? { verb, count: 0, resultIds: [] };
    this.history.set(clip.id, {
      verb,
      count: before.count + results.length,
      resultIds: [...before.resultIds, ...results.map(({ result_id: id }) => id)],
    });
    this.lastSeed = results[0].seed;
    this.audition.landed({
      clickNumber: number,
      verb,
      originalId: clip.id,
      originalName: clip.name === "" ? track.name : clip.name,
      results: landed,
    });
    landing.warnings.push(...warnings);
    this.report(reportLine(verb, landing));
  }

  /** Stop the click that is under way; nothing more of it is written. */
  cancelJob() {
    this.stopReading();
    this.stopWriting();
    if (this.job !== null) {
      this.link.cancel(this.job.requestId);
      this.job = null;
      out("busy", -1);
    }
    this.light();
  }

  /**
   * Say what cannot be; what nobody foresaw goes to the Max window as well.
   * @param {any} error
   */
  fail(error) {
    this.light();
    if (error instanceof Refusal || error instanceof ProtocolError) {
      this.report(error.message);
      return;
    }
    this.report(`Something went wrong: ${error.message}`);
    throw error;
  }

  // ---------------------------------------------------------------- what is shown

  /**
   * Say what has happened; it stays until the producer selects or changes something.
   * @param {string} sentence
   */
  report(sentence) {
    this.reportedAt = Date.now();
    say(sentence);
  }

  /**
   * Say what a click would do, where that is another thing than before.
   * @param {string} sentence
   */
  preview(sentence) {
    const isNews = sentence !== this.previewed && Date.now() - this.reportedAt > REPORT_MS;
    this.previewed = sentence;
    if (isNews && this.link.health.state === "found") {
      say(sentence);
    }
  }

  /** Show how the server is. */
  light() {
    const { state } = this.link.health;
    showLight(state === "found" && this.job !== null ? "busy" : state);
  }

  /** Say what a click would do. */
  look() {
    this.stopLooking();
    if (this.job !== null || this.link.health.state === "versions") {
      return;
    }
    const wish = this.wish({ verb: "vary" });
    this.stopLooking = inSlices(
      readQuestion(wish),
      (read) => this.looked(read),
      (error) => this.lookedInVain(error),
    );
  }

  /**
   * @param {Read} read
   */
  looked({ question, slotId }) {
    const { clip, track } = question;
    if (this.strip.clip?.id !== clip.id) {
      this.strip.marks = [];
      this.part = ALL;
    }
    this.strip.clip = clip;
    showStrip(slotId === 0 ? clip : null, this.strip.marks);
    this.showParts(slotId === 0 ? partNames(clip, track) : [ALL]);
    this.isDrums = track.isDrums;
    this.showModels();
    this.preview(
      previewLine({ ...question, heard: tracksOf(question.heard).map(({ name }) => name) }),
    );
  }

  /**
   * @param {any} error
   */
  lookedInVain(error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    this.preview(error.message);
    if (readSelected().clip === null) {
      this.strip = { clip: null, marks: [] };
      showStrip(null, []);
    }
  }

  /**
   * @param {string[]} rows
   */
  showParts(rows) {
    if (rows.join("\n") !== this.menus.part) {
      this.menus.part = rows.join("\n");
      this.rows.part = rows;
      fillMenu("part", rows);
    }
    if (!rows.includes(this.part)) {
      this.part = ALL;
    }
    out("menu", "part", "set", rows.indexOf(this.part));
  }

  /** Fill the Model menu with those that can answer for the clip. */
  showModels() {
    const rows = modelsFor(this.welcome, this.isDrums);
    const titles = rows.map(({ title }) => title);
    if (titles.join("\n") !== this.menus.model) {
      this.menus.model = titles.join("\n");
      this.rows.model = rows;
      fillMenu("model", titles);
    }
    const row = rows.findIndex(({ name }) => name === this.engine);
    out("menu", "model", "set", Math.max(0, row));
  }

  // ---------------------------------------------------------------- what is saved with the Set

  /** Save the chosen model and the results; nothing of it is an undo step. */
  save() {
    const packed = packState({ engine: this.engine, results: this.audition.saved() });
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
    this.engine = typeof state.engine === "string" ? state.engine : "auto";
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
