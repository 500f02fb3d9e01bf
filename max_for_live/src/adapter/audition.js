// Hearing the results of a click one after another while the music plays, keeping some, and taking
// the others away.

import { Results } from "../core/results.js";
import { byId, open } from "./live_object.js";
import { SONG, VIEW, idPath } from "./live_path.js";
import { giveBack, launchInSync } from "./launch.js";
import { markOf } from "./mark.js";
import { findByName, recallIntoSet } from "./recall.js";
import { Refusal } from "./read_set.js";
import { inOneStep } from "./undo.js";

/**
 * @typedef {import("../core/results.js").Lineage} Lineage
 * @typedef {import("../core/results.js").Result} Result
 * @typedef {import("../core/shapes.js").Plain} Plain
 * @typedef {import("./landing.js").Landed} Landed
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {object} Host what the audition needs of the device
 * @property {(sentence: string) => void} say
 * @property {(index: number, count: number, change: number, noteCount: number) => void} show which
 *   result is heard; index 0 is the original
 * @property {() => void} changed what is to be saved with the Set is another
 * @property {(action: "clear" | "append" | "set", value?: string | number) => void} menu
 * @property {(request: Plain, onReply: (reply: Plain) => void) => void} ask the server
 * @property {(ms: number, act: () => void) => () => void} schedule returns what calls it off
 * @typedef {object} LandedClick
 * @property {number} clickNumber
 * @property {string} verb
 * @property {number} originalId of the source clip, 0 for none
 * @property {string} originalName
 * @property {Landed[]} results
 */

const MARK_MS = 20;
const GIVE_BACK_MS = 2_000;
const MENU_TITLE = "Recall";

/** What the device knows of its results, and what the audition buttons do. */
export class Audition {
  /**
   * @param {Host} host
   */
  constructor(host) {
    this.host = host;
    this.results = new Results();
    /** @type {import("./launch.js").Borrowed | null} */
    this.borrowed = null;
    this.stopGivingBack = () => {};
  }

  /** The Live API is there. */
  ready() {
    this.showMenu();
    this.showHeard();
  }

  /** The device is taken out: no clip may be left with settings that are not its own. */
  close() {
    this.giveBack();
  }

  /**
   * Take results that have been written, right after their undo step.
   * @param {LandedClick} landed
   */
  landed({ clickNumber, verb, originalId, originalName, results }) {
    const added = results.map(({ resultId, clipId, name, change, noteCount }) => {
      const untouched = { isStarred: false, isKept: false, mark: "" };
      return { resultId, clipId, name, change, noteCount, ...untouched };
    });
    this.results.add({ number: clickNumber, verb, originalId, originalName, results: added });
    this.markSoon(added);
    this.changed();
    this.showHeard();
  }

  /**
   * Note how results were written, one at a time so that the host's thread is free in between.
   * @param {Result[]} results
   */
  markSoon([result, ...rest]) {
    if (result === undefined) {
      return;
    }
    this.host.schedule(MARK_MS, () => {
      const clip = byId(result.clipId);
      result.mark = clip === null ? "" : markOf(clip);
      this.markSoon(rest);
    });
  }

  /** Go to the result before, round and round; the original is one of them. */
  previous() {
    this.go(-1);
  }

  /** Go to the next result, round and round; the original is one of them. */
  next() {
    this.go(1);
  }

  /** What is heard stays when the others are discarded, and in the server's history for good. */
  keep() {
    const { heard } = this.results;
    if (heard === null) {
      this.host.say("The original stays anyway. Go to a result with Next and keep that");
      return;
    }
    heard.isKept = true;
    this.setStar(heard, true);
    this.host.say(`Kept ${heard.name}`);
  }

  /** Star what is heard, or take the star off: starred results stay in the server's history. */
  star() {
    const { heard } = this.results;
    if (heard === null) {
      this.host.say("Go to a result with Next to star it");
      return;
    }
    this.setStar(heard, !heard.isStarred);
    this.host.say(`${heard.isStarred ? "Starred" : "No star on"} ${heard.name}`);
  }

  /**
   * @returns {string[]} ids of the results that are starred, the oldest first
   */
  get starred() {
    const starred = this.results.all.filter(({ isStarred }) => isStarred);
    return starred.map(({ resultId }) => resultId).reverse();
  }

  /** Take away the click's other results, in one undo step: never what was edited or sounds. */
  discard() {
    const { list, heard, click } = this.results;
    if (click === null || list.length === 0) {
      this.host.say("There are no results to discard");
      return;
    }
    const others = list.filter((result) => result !== heard && !result.isKept);
    const present = others.filter(({ clipId }) => clipId !== click.originalId && byId(clipId));
    const doomed = present.filter((result) => isUntouched(result));
    if (doomed.length > 0) {
      inOneStep(() => {
        this.giveBackInStep();
        doomed.forEach(({ clipId }) => deleteClip(clipId));
      });
    }
    const spared = present.length - doomed.length;
    this.results.remove(new Set(others.filter(({ clipId }) => byId(clipId) === null)));
    this.host.say(
      `Discarded ${doomed.length}${spared > 0 ? `. ${spared} that you edited or that plays stays` : ""}`,
    );
    this.changed();
    this.showHeard();
  }

  /**
   * Bring a result back: its clip where it is still there, else from the server's history.
   * @param {number} menuRow 0 is the menu's title
   */
  recall(menuRow) {
    this.host.menu("set", 0);
    const result = this.results.remembered[menuRow - 1];
    if (result === undefined) {
      return;
    }
    const clip = byId(result.clipId) ?? findByName(result.name);
    if (clip !== null) {
      result.clipId = clip.id;
      select(clip.id);
      this.host.say(`${result.name} is still in the Set`);
      return;
    }
    this.host.say(`Asking for ${result.name}`);
    const request = { kind: "history", action: "get", result_id: result.resultId };
    this.host.ask(request, (reply) => this.recalled(result, reply));
  }

  /**
   * @param {Result} result
   * @param {Plain} reply
   */
  recalled(result, reply) {
    if (reply.kind === "error" || reply.score === null) {
      this.host.say(reply.sentence ?? `The server has no ${result.name} any more`);
      return;
    }
    try {
      const { clip, where } = recallIntoSet(result.name, reply.entries[0], reply.score);
      result.clipId = clip.id;
      result.mark = markOf(clip);
      this.host.say(`${result.name} is back in ${where}`);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      this.host.say(error.message);
    }
  }

  /**
   * @returns {{resultId: string, clipId: number, originalId: number} | null} null for the original
   */
  heard() {
    const { heard, click } = this.results;
    return heard === null || click === null
      ? null
      : { resultId: heard.resultId, clipId: heard.clipId, originalId: click.originalId };
  }

  /**
   * @param {number} clipId
   * @param {string} [name] of that clip
   * @returns {Lineage | null} where the clip comes from, null where it is none of ours
   */
  resultOf(clipId, name = "") {
    return this.results.lineage(clipId, name);
  }

  /**
   * @returns {object} what is saved with the Set
   */
  saved() {
    return this.results.saved();
  }

  /**
   * @param {any} saved
   */
  restore(saved) {
    this.results.restore(saved);
    this.showMenu();
  }

  /**
   * @param {1 | -1} direction
   */
  go(direction) {
    const { results } = this;
    const before = results.heard;
    if (results.list.length === 0) {
      this.host.say("There are no results yet. Click Vary, Continue or Refill");
      return;
    }
    if (!results.step(direction, (clipId) => byId(clipId) !== null)) {
      this.host.say("The original and its results are gone");
      return;
    }
    const clipId = results.clipIdAt(results.index);
    select(clipId);
    this.sound(clipId, before?.clipId ?? 0);
    this.showHeard();
  }

  /**
   * Let a clip sound where the song plays.
   * @param {number} clipId
   * @param {number} beforeId the result that was heard before, 0 for the original
   */
  sound(clipId, beforeId) {
    const clip = /** @type {LiveObject} */ (byId(clipId));
    const before = byId(beforeId);
    if (!(/** @type {LiveObject} */ (open(SONG)).flag("is_playing"))) {
      this.giveBack();
    } else if (!isInSlot(clip)) {
      this.host.say("In the arrangement Live lets you hear a take lane, not a device");
    } else if (before !== null && isInSlot(before) && trackOf(before).id !== trackOf(clip).id) {
      // The original of an accompaniment goes on in its own track; the new part falls silent.
      this.giveBack();
      before.call("stop");
    } else if (trackOf(clip).number("playing_slot_index") < 0) {
      this.giveBack();
      clip.call("fire");
    } else {
      this.borrowed = launchInSync(clip, this.borrowed);
      this.stopGivingBack();
      this.stopGivingBack = this.host.schedule(GIVE_BACK_MS, () => this.giveBack());
    }
  }

  /** Put the launch settings of the clip that was switched to last back, in an undo step. */
  giveBack() {
    if (this.borrowed !== null) {
      inOneStep(() => this.giveBackInStep());
    }
  }

  /** The same inside the undo step of the caller. */
  giveBackInStep() {
    this.stopGivingBack();
    giveBack(this.borrowed);
    this.borrowed = null;
  }

  /**
   * @param {Result} result
   * @param {boolean} isStarred
   */
  setStar(result, isStarred) {
    result.isStarred = isStarred;
    const action = isStarred ? "star" : "unstar";
    this.host.ask({ kind: "history", action, result_id: result.resultId }, (reply) => {
      if (reply.kind === "error") {
        this.host.say(reply.sentence);
      }
    });
    this.changed();
  }

  /** Show and save what is known of results. */
  changed() {
    this.showMenu();
    this.host.changed();
  }

  /** Show which result is heard. */
  showHeard() {
    const { heard, index, list } = this.results;
    this.host.show(index, list.length, heard?.change ?? 0, heard?.noteCount ?? 0);
  }

  /** Fill the Recall menu. */
  showMenu() {
    this.host.menu("clear");
    this.host.menu("append", MENU_TITLE);
    this.results.remembered.forEach(({ name, isStarred }) =>
      this.host.menu("append", isStarred ? `* ${name}` : name),
    );
    this.host.menu("set", 0);
  }
}

/**
 * @param {number} clipId
 */
function select(clipId) {
  // Only the clip view: another selected track would take this device out of sight.
  open(VIEW)?.set("detail_clip", idPath(clipId));
}

/**
 * @param {LiveObject} clip
 * @returns {boolean}
 */
function isInSlot(clip) {
  return !clip.flag("is_arrangement_clip");
}

/**
 * @param {LiveObject} clip
 * @returns {LiveObject}
 */
function trackOf(clip) {
  let parent = /** @type {LiveObject} */ (clip.child("canonical_parent"));
  while (parent.type !== "Track") {
    parent = /** @type {LiveObject} */ (parent.child("canonical_parent"));
  }
  return parent;
}

/**
 * @param {Result} result
 * @returns {boolean} whether its clip is as it was written and silent
 */
function isUntouched(result) {
  const clip = /** @type {LiveObject} */ (byId(result.clipId));
  return !clip.flag("is_playing") && markOf(clip) === result.mark;
}

/**
 * @param {number} clipId
 */
function deleteClip(clipId) {
  const clip = /** @type {LiveObject} */ (byId(clipId));
  const parent = /** @type {LiveObject} */ (clip.child("canonical_parent"));
  if (parent.type === "ClipSlot") {
    parent.call("delete_clip");
  } else {
    trackOf(clip).call("delete_clip", idPath(clipId));
  }
}
