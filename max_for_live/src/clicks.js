// From a click to clips: asks the server, collects what comes, and has it written. One click is
// under way at a time; a newer one takes its place.

import { land } from "./adapter/landing.js";
import { out } from "./adapter/outlets.js";
import { Refusal } from "./adapter/read_set.js";
import { Timer, inSlices } from "./adapter/slices.js";
import { Gathering } from "./core/gathering.js";
import { reportLine } from "./core/report.js";
import { buildRequest } from "./core/request.js";
import { counted } from "./core/words.js";

/**
 * @typedef {import("./adapter/audition.js").Audition} Audition
 * @typedef {import("./adapter/landing.js").Asked} Asked
 * @typedef {import("./adapter/read_question.js").Read} Read
 * @typedef {import("./core/link.js").Link} Link
 * @typedef {import("./core/shapes.js").Plain} Plain
 * @typedef {import("./screen.js").Screen} Screen
 * @typedef {object} Job a click that is being answered
 * @property {number} number of the click
 * @property {number} requestId
 * @property {Asked} asked
 * @property {Gathering} gathering
 * @property {string[]} warnings of the server about all of it
 * @typedef {{verb: string, originalId: number, targetId: number, counts: Record<string, number>,
 *   resultIds: string[]}} Past what came of one original: by what verb last and towards which clip,
 *   how much by each verb, and all of it
 */

/** The clicks of one copy of the device. */
export class Clicks {
  /**
   * @param {{link: Link, screen: Screen, audition: Audition, fail: (error: any) => void}} device
   */
  constructor({ link, screen, audition, fail }) {
    this.link = link;
    this.screen = screen;
    this.audition = audition;
    this.fail = fail;
    this.count = 0;
    this.lastSeed = 0;
    /** @type {Job | null} */
    this.job = null;
    /** @type {Map<number, Past>} by the original clip's id */
    this.past = new Map();
    this.stopReading = () => {};
    this.writing = new Timer(() => this.writeDue());
  }

  /**
   * @returns {boolean} whether a click is being answered
   */
  get isBusy() {
    return this.job !== null;
  }

  /**
   * @param {Generator<void, Read, void>} reading of what the click is about
   * @param {(verb: string) => string} whyNot why the chosen model cannot do it, "" where it can
   */
  begin(reading, whyNot) {
    this.cancel();
    this.stopReading = inSlices(
      readAndBuild(reading, whyNot),
      (asked) => this.send(asked),
      (error) => this.fail(error),
    );
  }

  /**
   * @param {{read: Read, built: ReturnType<typeof buildRequest>}} asked
   */
  send({ read: { question, slotId }, built: { request, places } }) {
    const { clip } = question;
    const isInPlace = isAskedInPlace(question);
    const firstNumber = (this.past.get(clip.id)?.counts[question.verb] ?? 0) + 1;
    // A press on a result is a branch of its family.
    request.parent ??= this.audition.resultOf(clip.id, clip.name)?.resultId ?? null;
    const requestId = this.link.ask(request);
    this.count += 1;
    this.job = {
      ...{ number: this.count, requestId, gathering: new Gathering(Date.now()), warnings: [] },
      asked: { question, places, slotId, isInPlace, firstNumber },
    };
    this.screen.light(true);
    out("busy", 0);
    this.screen.work(question);
  }

  /**
   * Take what the server says, where it is about the click that is under way.
   * @param {Plain} message
   */
  take(message) {
    const { job } = this;
    if (job === null || job.requestId !== message.request_id) {
      return;
    }
    switch (message.kind) {
      case "progress":
        out("busy", Math.round(100 * message.fraction));
        if (message.queued > 0) {
          this.screen.report(`Waiting for ${counted(message.queued, "other request")}`);
        }
        break;
      case "result":
        job.gathering.add(message, Date.now());
        this.writeWhenDue(job);
        break;
      case "done":
        this.end(job, message.warnings);
        break;
      case "error":
        this.end(job, [message.sentence]);
        break;
    }
  }

  /**
   * @param {number} clipId
   * @returns {Past | undefined} what came of a clip, or of a morph towards it
   */
  pastOf(clipId) {
    const towards = [...this.past.values()].find(({ targetId }) => targetId === clipId);
    return this.past.get(clipId) ?? (clipId === 0 ? undefined : towards);
  }

  /**
   * Stop the click that is under way; nothing more of it is written.
   * @returns {string} what became of it, as a sentence
   */
  cancel() {
    this.stopReading();
    this.writing.stop();
    const { job } = this;
    if (job === null) {
      return "There is nothing to cancel";
    }
    this.link.cancel(job.requestId);
    this.rest();
    const isHalf = job.gathering.hasWritten;
    return `Cancelled. ${isHalf ? "What was written before stays" : "Nothing was written"}`;
  }

  /** No click is under way. */
  rest() {
    this.job = null;
    out("busy", -1);
    this.screen.light(false);
  }

  /**
   * @param {Job} job
   * @param {string[]} warnings
   */
  end(job, warnings) {
    job.gathering.end();
    job.warnings = warnings;
    this.writeWhenDue(job);
  }

  /**
   * Write in a turn of its own: reading a long answer has taken this one.
   * @param {Job} job
   */
  writeWhenDue({ gathering }) {
    this.writing.stop();
    if (gathering.dueAt < Infinity) {
      this.writing.start(Math.max(0, gathering.dueAt - Date.now()));
    }
  }

  /** Write what is complete by now; where no more comes, that was all of the click. */
  writeDue() {
    const { job } = this;
    if (job === null) {
      return;
    }
    if (job.gathering.isEnded) {
      this.rest();
    }
    this.write(job);
  }

  /**
   * Write what is complete, in one undo step.
   * @param {Job} job
   */
  write(job) {
    const { warnings } = job;
    const results = job.gathering.take();
    if (results.length === 0) {
      warnings.slice(0, 1).forEach((warning) => this.screen.report(warning));
      return;
    }
    try {
      const { landing, landed } = land(job.asked, results);
      landing.warnings.push(...warnings);
      this.remember(job, results, landed);
      this.screen.report(reportLine(job.asked.question.verb, landing));
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * @param {Job} job
   * @param {Plain[]} results
   * @param {import("./adapter/landing.js").Landed[]} landed
   */
  remember({ number, asked }, results, landed) {
    const { verb, clip, track, target } = asked.question;
    const before = this.past.get(clip.id);
    this.past.set(clip.id, {
      ...{ verb, originalId: clip.id, targetId: target?.clip.id ?? 0 },
      counts: { ...before?.counts, [verb]: (before?.counts[verb] ?? 0) + results.length },
      resultIds: [...(before?.resultIds ?? []), ...results.map(({ result_id: id }) => id)],
    });
    this.lastSeed = results[0].seed;
    this.audition.landed({
      ...{ clickNumber: number, verb, originalId: clip.id, results: landed },
      originalName: clip.name === "" ? track.name : clip.name,
    });
  }
}

/**
 * @param {{verb: string, controls: import("./core/controls.js").Controls}} wish
 * @returns {boolean} whether the clip itself is to be changed
 */
export function isAskedInPlace({ verb, controls }) {
  return verb === "refill" && controls.in_place === 1;
}

/**
 * @param {Generator<void, Read, void>} reading
 * @param {(verb: string) => string} whyNot
 * @yields {void}
 * @returns {Generator<void, {read: Read, built: ReturnType<typeof buildRequest>}, void>}
 */
function* readAndBuild(reading, whyNot) {
  const read = yield* reading;
  const refusal = whyNot(read.question.verb);
  if (refusal !== "") {
    throw new Refusal(refusal);
  }
  yield;
  return { read, built: buildRequest(read.question) };
}
