// Undo steps: whatever is written in one call is undone together.

import { open } from "./live_object.js";
import { SONG } from "./live_path.js";

/**
 * Run something whose writes are one undo step; it may not wait for anything.
 * @template T
 * @param {() => T} write
 * @returns {T}
 */
export function inOneStep(write) {
  const song = /** @type {import("./live_object.js").LiveObject} */ (open(SONG));
  song.call("begin_undo_step");
  try {
    return write();
  } finally {
    // A step left open would swallow the producer's own edits.
    song.call("end_undo_step");
  }
}
