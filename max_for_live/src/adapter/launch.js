// Launching a clip so that it goes on where another of its track is, whatever its own settings say.
// They are put back with the next launch, in the same undo step, or when the switching is over.

import { byId } from "./live_object.js";
import { inOneStep } from "./undo.js";

/**
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {{clipId: number, own: [string, number][]}} Borrowed a clip whose launch settings are not
 *   its own just now, and what its own are
 */

const NO_QUANTIZATION = 1;
const TRIGGER = 0;

/** @type {Record<string, number>} */
const IN_SYNC = { legato: 1, launch_quantization: NO_QUANTIZATION, launch_mode: TRIGGER };

/**
 * Launch a clip at the place in the bar where its track is now. Nothing is written where no
 * settings have to be others.
 * @param {LiveObject} clip in a slot
 * @param {Borrowed | null} before what is to be put back
 * @returns {Borrowed | null} what is to be put back later
 */
export function launchInSync(clip, before) {
  const isStill = before !== null && before.clipId === clip.id;
  const borrowed = isStill ? before : borrow(clip);
  if (!isStill && (before !== null || borrowed !== null)) {
    inOneStep(() => {
      giveBack(before);
      borrowed?.own.forEach(([name]) => clip.set(name, IN_SYNC[name]));
    });
  }
  clip.call("fire");
  return borrowed;
}

/**
 * Put a clip's own settings back, inside the undo step of the caller.
 * @param {Borrowed | null} borrowed
 */
export function giveBack(borrowed) {
  const clip = borrowed === null ? null : byId(borrowed.clipId);
  borrowed?.own.forEach(([name, value]) => clip?.set(name, value));
}

/**
 * @param {LiveObject} clip
 * @returns {Borrowed | null} null where it launches in sync by itself
 */
function borrow(clip) {
  /** @type {[string, number][]} */
  const own = Object.keys(IN_SYNC).map((name) => [name, clip.number(name)]);
  const changed = own.filter(([name, value]) => value !== IN_SYNC[name]);
  return changed.length === 0 ? null : { clipId: clip.id, own: changed };
}
