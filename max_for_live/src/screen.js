// What the device shows: the light, the line, the strip of bars and the menus.

import { fillMenu, out, say, showLight, showStrip } from "./adapter/outlets.js";
import { tracksOf } from "./core/context.js";
import { AUTO, inStyle, limits, modelsFor } from "./core/models.js";
import { ALL, partNames } from "./core/parts.js";
import { previewLine, workLine } from "./core/preview.js";
import { VERBS } from "./core/verbs.js";

/**
 * @typedef {import("./core/link.js").State} State
 * @typedef {import("./core/models.js").Styles} Styles
 * @typedef {import("./core/request.js").Question} Question
 * @typedef {import("./core/shapes.js").Clip} Clip
 * @typedef {import("./core/shapes.js").Plain} Plain
 */

/** What the line may tell of before a click, the likeliest first. */
const TOLD = ["vary", "continue", "develop", "redo", "refill"];
/** What stands at Style where answers take after nobody. */
const NO_STYLE = "None";
/** What a press itself selects is no reason to take its report away. */
const REPORT_MS = 400;

/** The face of one copy of the device. */
export class Screen {
  constructor() {
    /** @type {State} */
    this.state = "off";
    /** @type {Plain | null} */
    this.welcome = null;
    /** @type {Styles | null} */
    this.styles = null;
    this.previewed = "";
    this.reportedAt = 0;
    /** @type {Clip | null} */
    this.clip = null;
    /** @type {boolean[]} */
    this.marks = [];
    this.isDrums = false;
    this.engine = AUTO.name;
    this.style = "";
    this.part = ALL;
    this.rows = { model: modelsFor(null, false), style: [""], part: [ALL] };
    this.shown = { model: "", style: "", part: "", able: "" };
  }

  // ---------------------------------------------------------------- the line

  /**
   * Say what has happened; it stays until the producer selects or changes something.
   * @param {string} sentence
   */
  report(sentence) {
    this.reportedAt = Date.now();
    say(sentence);
  }

  /**
   * Say what is to be known just now; what is selected next takes its place.
   * @param {string} sentence
   */
  tell(sentence) {
    this.reportedAt = 0;
    say(sentence);
  }

  /**
   * Say what a click would do, where that is another thing than before.
   * @param {string} sentence
   */
  preview(sentence) {
    const isNews = sentence !== this.previewed && Date.now() - this.reportedAt > REPORT_MS;
    this.previewed = sentence;
    if (isNews && this.state === "found") {
      say(sentence);
    }
  }

  /**
   * Say what is being done.
   * @param {Question} question
   */
  work(question) {
    this.report(workLine(told(question)));
  }

  /**
   * Show how the server is.
   * @param {import("./core/link.js").Health} health
   * @param {boolean} isBusy
   */
  health({ state, sentence, welcome }, isBusy) {
    this.state = state;
    this.light(isBusy);
    if (state === "found") {
      this.welcome = welcome;
      this.showModels();
    }
    if (!isBusy && state !== "off") {
      this.previewed = "";
      say(sentence);
    }
  }

  /**
   * @param {boolean} isBusy
   */
  light(isBusy) {
    showLight(this.state === "found" && isBusy ? "busy" : this.state);
  }

  // ---------------------------------------------------------------- the strip

  /**
   * @param {number} clipId
   * @returns {boolean[]} which of its cells may change; those left out may
   */
  marksOf(clipId) {
    return this.clip?.id === clipId ? this.marks : [];
  }

  /**
   * @param {number} cell
   * @param {boolean} isMarked
   */
  mark(cell, isMarked) {
    this.marks[cell] = isMarked;
    this.reportedAt = 0;
  }

  /**
   * Show what a click would be about.
   * @param {Question} question
   * @param {number} slotId of the empty slot that it is about, else 0
   * @param {string} remark what else there is to know, "" for nothing
   */
  show(question, slotId, remark) {
    const { clip, track } = question;
    if (this.clip?.id !== clip.id) {
      this.marks = [];
      this.part = ALL;
    }
    this.clip = clip;
    this.isDrums = track.isDrums;
    showStrip(slotId === 0 ? clip : null, this.marks);
    this.showParts(slotId === 0 ? partNames(clip, track) : [ALL]);
    this.showModels();
    this.preview(previewLine(told(question), [remark, limits(this.able)]));
  }

  /** Nothing is selected that has bars. */
  clear() {
    this.clip = null;
    this.marks = [];
    showStrip(null, []);
  }

  // ---------------------------------------------------------------- menus

  /**
   * @returns {import("./core/models.js").Model} who is to answer; Auto where the chosen one cannot
   *   serve the clip
   */
  get model() {
    return this.rows.model.find(({ name }) => name === this.engine) ?? AUTO;
  }

  /**
   * @returns {import("./core/models.js").Pupil} the same with what it can do in the chosen style
   */
  get able() {
    return inStyle(this.model, this.style, this.styles);
  }

  /**
   * @returns {string} the verb that the line tells of before a click
   */
  get foremost() {
    const { verbs } = this.able;
    return TOLD.find((verb) => verbs.includes(verb)) ?? TOLD[0];
  }

  /**
   * @param {string} menu
   * @param {number} row
   */
  pick(menu, row) {
    if (menu === "model") {
      this.engine = this.rows.model[row]?.name ?? AUTO.name;
      this.showAble();
      this.tell(`${this.model.summary} ${limits(this.able)}`);
    } else if (menu === "style") {
      this.style = this.rows.style[row] ?? "";
      this.showAble();
      this.tell(`${styleLine(this.style)} ${limits(this.able)}`);
    } else {
      this.part = this.rows.part[row] ?? ALL;
    }
    out("menu", menu, "set", row);
  }

  /** Grey the buttons that the chosen model has no answer for. */
  showAble() {
    const { verbs } = this.able;
    if (verbs.join() !== this.shown.able) {
      this.shown.able = verbs.join();
      VERBS.forEach((verb) => out("able", verb, Number(verbs.includes(verb))));
    }
  }

  /**
   * @param {string[]} rows
   */
  showParts(rows) {
    this.rows.part = rows;
    this.part = rows.includes(this.part) ? this.part : ALL;
    this.fill("part", rows, rows.indexOf(this.part));
  }

  /** Fill the Model menu with those that can answer for the clip, and the Style menu. */
  showModels() {
    this.rows.model = modelsFor(this.welcome, this.isDrums);
    const titles = this.rows.model.map(({ title }) => title);
    this.fill("model", titles, this.rows.model.indexOf(this.model));
    this.showStyles();
    this.showAble();
  }

  /** Fill the Style menu; a chosen corpus that is not there now stays in it. */
  showStyles() {
    this.rows.style = [...new Set(["", ...(this.styles?.corpora ?? []), this.style])];
    const titles = this.rows.style.map((corpus) => corpus || NO_STYLE);
    this.fill("style", titles, this.rows.style.indexOf(this.style));
  }

  /**
   * @param {"model" | "style" | "part"} menu
   * @param {string[]} rows
   * @param {number} row
   */
  fill(menu, rows, row) {
    if (rows.join("\n") !== this.shown[menu]) {
      this.shown[menu] = rows.join("\n");
      fillMenu(menu, rows);
    }
    out("menu", menu, "set", row);
  }
}

/**
 * @param {string} corpus
 * @returns {string}
 */
function styleLine(corpus) {
  return corpus === ""
    ? "Results take after no corpus."
    : `Results take after the nearest clips of ${corpus}.`;
}

/**
 * @param {Question} question
 * @returns {import("./core/preview.js").Told}
 */
function told(question) {
  return { ...question, heard: tracksOf(question.heard).map(({ name }) => name) };
}
