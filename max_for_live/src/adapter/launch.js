// Launching a clip so that it goes on where another of its track is, whatever its own settings say.

import { inOneStep } from "./undo.js";

/**
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {[string, number][]} Settings names and values
 */

const NO_QUANTIZATION = 1;
const TRIGGER = 0;

/** @type {Settings} */
const IN_SYNC = [
  ["legato", 1],
  ["launch_quantization", NO_QUANTIZATION],
  ["launch_mode", TRIGGER],
];

/**
 * Launch a clip at the place in the bar where its track is now. Nothing is written where its
 * settings are such already.
 * @param {LiveObject} clip in a slot
 * @returns {Settings} those of the clip's own to be put back once it plays
 */
export function launchInSync(clip) {
  /** @type {Settings} */
  const own = IN_SYNC.map(([name]) => [name, clip.number(name)]);
  const changed = own.filter(([, value], index) => value !== IN_SYNC[index][1]);
  if (changed.length > 0) {
    inOneStep(() => {
      IN_SYNC.forEach(([name, value], index) => {
        if (own[index][1] !== value) {
          clip.set(name, value);
        }
      });
    });
  }
  clip.call("fire");
  return changed;
}

/**
 * @param {LiveObject} clip
 * @param {Settings} settings
 */
export function putBack(clip, settings) {
  inOneStep(() => settings.forEach(([name, value]) => clip.set(name, value)));
}
