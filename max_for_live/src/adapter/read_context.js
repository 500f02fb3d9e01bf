// Which clips sound beside the source, read in steps: one track at a time.

import { EDGE } from "../core/shapes.js";
import { regionOf } from "../core/bars.js";
import { MAX_HEARD } from "../core/context.js";
import { byId, open } from "./live_object.js";
import { idPath } from "./live_path.js";
import { readClip } from "./read_clip.js";
import { openSong, readTrack, readTrackHead } from "./read_set.js";

/**
 * @typedef {import("../core/shapes.js").Clip} Clip
 * @typedef {import("../core/shapes.js").Heard} Heard
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {"Auto" | "Scene" | "Playing" | "None"} Menu
 * @typedef {Generator<void, Heard[], void>} Reading
 * @typedef {(track: LiveObject, index: number) => Generator<void, Heard[], void>} Chooser
 */

/**
 * @param {Clip} source
 * @param {string} menu Auto, Scene, Playing or None
 * @param {number} length beats that are asked about
 * @yields {void}
 * @returns {Reading}
 */
export function* readHeard(source, menu, length) {
  if (menu === "None") {
    return [];
  }
  if (source.inArrangement) {
    return yield* fromTracks(source.trackIndex, (track, index) =>
      readOverlapping(track, index, source, length),
    );
  }
  const isTogether = source.isPlaying || source.id === 0;
  if (menu === "Playing" || (menu === "Auto" && isTogether)) {
    const playing = yield* fromTracks(source.trackIndex, (track, index) =>
      readInSlot(track, index, track.number("playing_slot_index"), source),
    );
    if (playing.length > 0 || menu === "Playing") {
      return inPhase(playing, source);
    }
  }
  return yield* fromTracks(source.trackIndex, (track, index) =>
    readInSlot(track, index, source.sceneIndex, source),
  );
}

/**
 * Ask the nearest tracks first, until enough of them sound.
 * @param {number} sourceIndex
 * @param {Chooser} choose
 * @yields {void}
 * @returns {Reading} from the top of the track list down
 */
function* fromTracks(sourceIndex, choose) {
  const ids = openSong().ids("tracks");
  const order = ids
    .map((id, index) => ({ id, index }))
    .filter(({ index }) => index !== sourceIndex)
    .sort((a, b) => Math.abs(a.index - sourceIndex) - Math.abs(b.index - sourceIndex));
  const found = [];
  let count = 0;
  for (const { id, index } of order) {
    yield;
    const track = byId(id);
    const heard = track === null ? [] : yield* choose(track, index);
    found.push(...heard);
    count += Number(heard.length > 0);
    if (count === MAX_HEARD) {
      break;
    }
  }
  return found.sort((a, b) => a.track.index - b.track.index);
}

/**
 * @param {LiveObject} track
 * @param {number} index
 * @returns {boolean} whether nothing of it can be heard
 */
function isSilent(track, index) {
  const { isMidi, isMuted } = readTrackHead(track, index);
  return !isMidi || isMuted;
}

/**
 * @param {LiveObject} track
 * @param {number} index
 * @param {number} row
 * @param {Clip} source
 * @yields {void}
 * @returns {Reading}
 */
function* readInSlot(track, index, row, source) {
  if (row < 0 || isSilent(track, index)) {
    return [];
  }
  const slot = byId(track.ids("clip_slots")[row] ?? 0);
  const found = slot?.child("clip") ?? null;
  const where = { trackIndex: index, sceneIndex: row };
  if (found === null || found.flag("muted")) {
    return [];
  }
  const clip = readClip(found, where);
  if (clip.notes.length === 0) {
    return [];
  }
  // Both begin at their start markers when the scene is launched.
  const from = clip.startMarker - (source.startMarker - regionOf(source).start);
  return [{ track: yield* readTrack(track, index), clip, from, since: 0, until: Infinity }];
}

/**
 * What plays stands where it stands now against the source.
 * @param {Heard[]} playing
 * @param {Clip} source
 * @returns {Heard[]}
 */
function inPhase(playing, source) {
  const first = playing[0]?.clip;
  if (first === undefined) {
    return [];
  }
  // Where the source does not play, the first clip that plays is heard from its start.
  const gone = source.isPlaying
    ? source.position - regionOf(source).start
    : first.position - first.startMarker;
  return playing.map((heard) => ({ ...heard, from: heard.clip.position - gone }));
}

/**
 * @param {LiveObject} track
 * @param {number} index
 * @param {Clip} source
 * @param {number} length
 * @yields {void}
 * @returns {Reading}
 */
function* readOverlapping(track, index, source, length) {
  if (isSilent(track, index)) {
    return [];
  }
  const zero = arrangementZero(source);
  const found = [];
  const clip = open(idPath(track.id));
  for (const id of track.ids("arrangement_clips")) {
    clip?.go(id);
    const since = (clip?.number("start_time") ?? 0) - zero;
    const until = (clip?.number("end_time") ?? 0) - zero;
    if (clip === null || since >= length - EDGE || until <= EDGE || clip.flag("muted")) {
      continue;
    }
    const read = readClip(clip, { trackIndex: index, sceneIndex: -1 });
    found.push({ clip: read, since, until });
    yield;
  }
  if (found.every(({ clip: { notes } }) => notes.length === 0)) {
    return [];
  }
  const read = yield* readTrack(track, index);
  return found.map((one) => ({
    track: read,
    clip: one.clip,
    from: one.clip.startMarker + Math.max(0, -one.since),
    since: Math.max(0, one.since),
    until: one.until,
  }));
}

/**
 * @param {Clip} source in the arrangement
 * @returns {number} the song's time of the request's 0
 */
function arrangementZero(source) {
  const { start, end } = regionOf(source);
  const zero = source.arrangementStart + start - source.startMarker;
  // A clip that begins inside its loop has its first whole round later.
  const isWhole = zero >= source.arrangementStart - EDGE;
  return isWhole || zero + 2 * (end - start) > source.arrangementEnd ? zero : zero + end - start;
}
