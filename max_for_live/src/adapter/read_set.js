// Reading the song, its tracks, and what the producer has selected.

import { baseName } from "../core/names.js";
import { byId, open } from "./live_object.js";
import { SONG, VIEW } from "./live_path.js";
import { readClip } from "./read_clip.js";
import { readPads } from "./read_drums.js";

/**
 * @typedef {import("../core/shapes.js").Clip} Clip
 * @typedef {import("../core/shapes.js").Song} Song
 * @typedef {import("../core/shapes.js").Track} Track
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {{trackIndex: number, sceneIndex: number}} Where
 */

/** Live's own instruments that play MPE; its API does not say whether notes have curves. */
const CURVED = ["Drift", "InstrumentMeld", "InstrumentVector", "MultiSampler"];

/** Something that the producer cannot have asked for; the message is a sentence for the line. */
export class Refusal extends Error {}

/**
 * @returns {LiveObject}
 */
export function openSong() {
  return /** @type {LiveObject} */ (open(SONG));
}

/**
 * @returns {Song}
 */
export function readSong() {
  const song = openSong();
  return {
    name: song.text("name"),
    tempo: song.number("tempo"),
    numerator: song.number("signature_numerator"),
    denominator: song.number("signature_denominator"),
    scaleOn: song.flag("scale_mode"),
    rootNote: song.number("root_note"),
    scaleIntervals: song.values("scale_intervals").map(Number),
  };
}

/**
 * Return what is selected: the clip in detail view, else the highlighted slot.
 * @returns {{clip: LiveObject | null, slot: LiveObject | null}}
 */
export function readSelected() {
  const view = /** @type {LiveObject} */ (open(VIEW));
  const detail = view.child("detail_clip");
  const slot = view.child("highlighted_clip_slot");
  return { clip: detail ?? slot?.child("clip") ?? null, slot };
}

/**
 * @param {LiveObject} clip
 * @returns {Where}
 */
export function whereIs(clip) {
  const parent = clip.child("canonical_parent");
  if (parent === null) {
    throw new Refusal("The clip is gone. Select another one");
  }
  const isInSlot = parent.type === "ClipSlot";
  const track =
    parent.type === "Track" ? parent : /** @type {LiveObject} */ (parent.child("canonical_parent"));
  return {
    trackIndex: openSong().ids("tracks").indexOf(track.id),
    sceneIndex: isInSlot ? track.ids("clip_slots").indexOf(parent.id) : -1,
  };
}

/**
 * @param {LiveObject} clip
 * @returns {Clip}
 */
export function readClipWhereItIs(clip) {
  return readClip(clip, whereIs(clip));
}

/**
 * @param {LiveObject} slot
 * @returns {Where}
 */
export function whereIsSlot(slot) {
  const track = /** @type {LiveObject} */ (slot.child("canonical_parent"));
  return {
    trackIndex: openSong().ids("tracks").indexOf(track.id),
    sceneIndex: track.ids("clip_slots").indexOf(slot.id),
  };
}

/**
 * Find the clip that a result was made from, after a Set was opened again: ids are others then.
 * @param {LiveObject} result
 * @returns {number} id of the clip of its track with the name that the result was named after, else 0
 */
export function findOriginal(result) {
  const name = baseName(result.text("name"));
  const { trackIndex, sceneIndex } = whereIs(result);
  const slots = sceneIndex < 0 ? [] : openTrack(trackIndex).ids("clip_slots");
  for (const id of slots) {
    const clip = byId(id)?.child("clip") ?? null;
    if (clip !== null && clip.id !== result.id && clip.text("name") === name) {
      return clip.id;
    }
  }
  return 0;
}

/**
 * @param {number} index
 * @returns {LiveObject}
 */
export function openTrack(index) {
  const track = byId(openSong().ids("tracks")[index] ?? 0);
  if (track === null) {
    throw new Refusal("The track is gone. Select a clip in another one");
  }
  return track;
}

/**
 * Read a track in steps, since a Drum Rack takes a while.
 * @param {LiveObject} track
 * @param {number} index
 * @yields {void}
 * @returns {Generator<void, Track, void>}
 */
export function* readTrack(track, index) {
  const devices = track.ids("devices");
  const pads = yield* readPads(devices);
  return {
    ...readTrackHead(track, index),
    isDrums: pads !== null,
    mayHaveCurves: pads === null && (yield* hasCurved(devices)),
    pads: pads ?? [],
  };
}

/**
 * @param {number[]} devices ids
 * @yields {void}
 * @returns {Generator<void, boolean, void>} whether one of them, or of their racks', plays MPE
 */
function* hasCurved(devices) {
  for (const id of devices) {
    const device = byId(id);
    if (device !== null && CURVED.includes(device.text("class_name"))) {
      return true;
    }
    const chains = device?.flag("can_have_chains") ? device.ids("chains") : [];
    for (const chain of chains) {
      yield;
      if (yield* hasCurved(byId(chain)?.ids("devices") ?? [])) {
        return true;
      }
    }
  }
  return false;
}

/**
 * @param {LiveObject} track
 * @param {number} index
 * @returns {{id: number, index: number, name: string, isFrozen: boolean, isMuted: boolean,
 *   isMidi: boolean}} what needs no look at its devices
 */
export function readTrackHead(track, index) {
  return {
    id: track.id,
    index,
    name: track.text("name"),
    isFrozen: track.flag("is_frozen"),
    isMuted: track.flag("mute") || track.flag("muted_via_solo"),
    isMidi: track.flag("has_midi_input") && !track.flag("is_foldable"),
  };
}
