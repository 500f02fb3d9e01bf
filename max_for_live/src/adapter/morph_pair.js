// Which two clips Morph is about: the clip marked as A and the selected one, or the selected one and
// the clip below it.

import { byId } from "./live_object.js";
import { Refusal, readSelected } from "./read_set.js";

/**
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {{verb: string, clipId?: number, targetId?: number}} MorphPress
 */

/** The clip that is marked as A, in one copy of the device. */
export class MorphPair {
  constructor() {
    this.markedId = 0;
  }

  /**
   * Mark the selected clip; where it is marked, mark none.
   * @returns {string} what became of it, as a sentence
   */
  mark() {
    const { clip } = readSelected();
    if (clip === null || !clip.flag("is_midi_clip")) {
      throw new Refusal("Select a MIDI clip to mark it as A");
    }
    const wasMarked = clip.id === this.markedId;
    this.markedId = wasMarked ? 0 : clip.id;
    return wasMarked
      ? "No clip is marked. Morph goes to the clip below"
      : `${called(clip)} is A. Select clip B and press Morph`;
  }

  /**
   * @returns {MorphPress} from A to B; where none is marked, what is selected and the clip below
   */
  press() {
    const marked = byId(this.markedId);
    if (this.markedId === 0) {
      return { verb: "morph" };
    }
    if (marked === null) {
      this.markedId = 0;
      throw new Refusal("The clip marked as A is gone. Mark another one");
    }
    const { clip } = readSelected();
    if (clip === null || clip.id === marked.id) {
      throw new Refusal(
        `${called(marked)} is A. Select clip B and press Morph, or Mark A again for no mark`,
      );
    }
    return { verb: "morph", clipId: marked.id, targetId: clip.id };
  }

  /**
   * @param {number} selectedId
   * @returns {string} what the line says of the mark, "" for nothing
   */
  about(selectedId) {
    const marked = byId(this.markedId);
    if (marked === null) {
      return "";
    }
    return marked.id === selectedId ? "this is A of Morph" : `Morph comes from ${called(marked)}`;
  }
}

/**
 * @param {LiveObject} clip
 * @returns {string}
 */
function called(clip) {
  return clip.text("name") || "The clip without a name";
}
