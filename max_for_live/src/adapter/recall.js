// A result of the server's history as a new clip in the Set.

import { notesAt } from "../core/answer.js";
import { shortName } from "../core/results.js";
import { freeSlots } from "./landing.js";
import { byId } from "./live_object.js";
import { Refusal, readSelected } from "./read_set.js";
import { inOneStep } from "./undo.js";
import { setRegion, writeNotes } from "./write_clip.js";

/**
 * @typedef {import("../core/shapes.js").Plain} Plain
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 */

const COMMON_TIME = { numerator: 4, denominator: 4 };

/**
 * Find the clip of a result in the selected track: ids do not outlive a Set that is closed.
 * @param {string} name
 * @returns {LiveObject | null}
 */
export function findByName(name) {
  const { clip, slot } = readSelected();
  const parent = (clip ?? slot)?.child("canonical_parent") ?? null;
  const track = parent?.type === "Track" ? parent : parent?.child("canonical_parent");
  for (const id of track?.ids("clip_slots") ?? []) {
    const found = byId(id)?.child("clip") ?? null;
    if (found !== null && shortName(found.text("name")) === shortName(name)) {
      return found;
    }
  }
  return null;
}

/**
 * Write a result into a free slot of the selected track, in one undo step.
 * @param {string} name of the new clip
 * @param {Plain} entry of the history
 * @param {Plain} score the whole answer
 * @returns {{clip: LiveObject, where: string}}
 */
export function recallIntoSet(name, entry, score) {
  const { track, row } = selectedTrack();
  return inOneStep(() => {
    const { slots, where } = freeSlots(track, row, 1);
    slots[0].call("create_clip", score.length);
    const clip = slots[0].child("clip");
    if (clip === null) {
      throw new Refusal(
        "Live refused a new clip. Select a slot of a MIDI track that is not frozen",
      );
    }
    const [, meter] = score.meter_map.changes[0] ?? [0, COMMON_TIME];
    clip.set("signature_numerator", meter.numerator);
    clip.set("signature_denominator", meter.denominator);
    setRegion(clip, { start: 0, end: score.length });
    writeNotes(clip, { kept: [], added: notesOf(entry, score), region: null }, []);
    clip.set("name", name);
    return { clip, where };
  });
}

/**
 * @param {Plain} entry
 * @param {Plain} score
 * @returns {import("../core/shapes.js").Note[]} of an accompaniment only the new part
 */
function notesOf(entry, score) {
  const voices = entry.verb === "accompany" ? score.voices.slice(-1) : score.voices;
  return notesAt(
    voices.flatMap((/** @type {Plain} */ voice) => voice.notes),
    0,
  );
}

/**
 * @returns {{track: LiveObject, row: number}} where the producer is
 */
function selectedTrack() {
  const { clip, slot } = readSelected();
  const parent = clip?.child("canonical_parent") ?? null;
  const home = parent?.type === "ClipSlot" ? parent : slot;
  const track = home?.child("canonical_parent") ?? null;
  if (home === null || track === null || !track.flag("has_midi_input")) {
    throw new Refusal("Select a clip or slot of a MIDI track to recall the result there");
  }
  return { track, row: track.ids("clip_slots").indexOf(home.id) };
}
