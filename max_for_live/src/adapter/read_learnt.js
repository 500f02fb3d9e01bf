// Reading what is to be learnt: the selected clip, or the results that were starred.

import { notesInRegion } from "../core/bars.js";
import { learnRequest } from "../core/request.js";
import {
  Refusal,
  openTrack,
  readClipWhereItIs,
  readSelected,
  readSong,
  readTrack,
} from "./read_set.js";

/**
 * @typedef {import("../core/shapes.js").Plain} Plain
 */

const MOST_RESULTS = 64;

/**
 * @param {string[]} starred ids of results
 * @yields {void}
 * @returns {Generator<void, Plain, void>} the request; a frozen track is read like any other
 */
export function* readLearnt(starred) {
  const { clip: selected } = readSelected();
  if (selected === null) {
    if (starred.length === 0) {
      throw new Refusal("Learn needs a clip. Select one or star results");
    }
    return { kind: "learn", result_ids: starred.slice(-MOST_RESULTS) };
  }
  if (!selected.flag("is_midi_clip")) {
    throw new Refusal(`${selected.text("name") || "This"} is an audio clip. Select a MIDI clip`);
  }
  const clip = readClipWhereItIs(selected);
  if (!notesInRegion(clip).some(({ mute }) => !mute)) {
    throw new Refusal("No note sounds in the clip. There is nothing to learn");
  }
  yield;
  const track = yield* readTrack(openTrack(clip.trackIndex), clip.trackIndex);
  return learnRequest({ song: readSong(), track, clip });
}
