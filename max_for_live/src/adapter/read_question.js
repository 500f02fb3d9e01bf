// Reading what one click is about.

import { barLength, lengthOf, notesInRegion } from "../core/bars.js";
import { contextMenu, wantedLength } from "../core/controls.js";
import { verbOfName } from "../core/names.js";
import { heardLength } from "../core/request.js";
import { scopeOf } from "../core/scope.js";
import { byId } from "./live_object.js";
import { readHeard } from "./read_context.js";
import {
  Refusal,
  openSong,
  openTrack,
  readClipWhereItIs,
  readSelected,
  readSong,
  readTrack,
  readTrackHead,
  whereIsSlot,
} from "./read_set.js";

/**
 * @typedef {import("../core/controls.js").Controls} Controls
 * @typedef {import("../core/request.js").Question} Question
 * @typedef {import("../core/shapes.js").Clip} Clip
 * @typedef {import("../core/shapes.js").Heard} Heard
 * @typedef {import("../core/shapes.js").Song} Song
 * @typedef {import("../core/shapes.js").Track} Track
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {object} Wish
 * @property {string} verb
 * @property {Controls} controls
 * @property {string} part
 * @property {string} engine
 * @property {string} style
 * @property {(clipId: number) => boolean[]} marks of the strip's cells
 * @property {number} clipId 0 for what is selected
 * @property {number} targetId of the clip to morph to, 0 for the one below
 * @property {string | null} parent
 * @property {string | null} like
 * @property {string[]} notLike
 * @property {number | null} seed
 * @property {number} count
 * @typedef {{question: Question, slotId: number}} Read
 */

const CHANGING = ["vary", "redo", "morph"];
const FILLING = ["vary", "refill", "redo"];
const PART_BARS = 4;
const MOST_PART_BARS = 8;

/**
 * @param {Wish} wish
 * @yields {void}
 * @returns {Generator<void, Read, void>}
 */
export function* readQuestion(wish) {
  const selected = wish.clipId === 0 ? readSelected() : { clip: byId(wish.clipId), slot: null };
  if (selected.clip === null && wish.clipId !== 0) {
    throw new Refusal("The original clip is gone. Select another clip");
  }
  return selected.clip === null
    ? yield* readSlot(wish, selected.slot)
    : yield* readFull(wish, selected.clip);
}

/**
 * @param {Wish} wish
 * @param {LiveObject} selected
 * @yields {void}
 * @returns {Generator<void, Read, void>}
 */
function* readFull(wish, selected) {
  if (!selected.flag("is_midi_clip")) {
    throw new Refusal(`${selected.text("name") || "This"} is an audio clip. Select a MIDI clip`);
  }
  const song = readSong();
  const clip = readClipWhereItIs(selected);
  yield;
  const opened = openTrack(clip.trackIndex);
  refuseFrozen(opened);
  const track = yield* readTrack(opened, clip.trackIndex);
  const scope = scopeOf(clip, wish.marks(clip.id));
  /** @type {Question} */
  const question = {
    ...asked(wish),
    ...{ song, track, clip, scope, heard: [] },
    target: wish.verb === "morph" ? yield* readTarget(opened, clip, wish.targetId) : null,
    newTrack: wish.verb === "accompany" ? yield* readNextTrack(track) : null,
  };
  question.heard = yield* readHeard(clip, contextMenu(wish.controls), heardLength(question));
  checkSense(question);
  return { question, slotId: 0 };
}

/**
 * @param {Wish} wish
 * @returns {Pick<Question, "verb" | "controls" | "part" | "engine" | "style" | "parent" | "like"
 *   | "notLike" | "seed" | "count">}
 */
function asked({ verb, controls, part, engine, style, parent, like, notLike, seed, count }) {
  return { verb, controls, part, engine, style, parent, like, notLike, seed, count };
}

/**
 * Refuse what no server need be asked for; an empty clip is written against what plays.
 * @param {Question} question its verb may be changed
 */
function checkSense(question) {
  const { verb, clip, scope, heard } = question;
  if (scope.kind === "bars" && scope.where === "") {
    throw new Refusal("No bar is marked to change. Click one in the strip");
  }
  if (notesInRegion(clip).length === 0 && FILLING.includes(verb)) {
    if (heard.length === 0) {
      throw new Refusal(
        "The clip is empty and nothing plays beside it. Put in a note or start a clip",
      );
    }
    question.verb = "refill";
  } else if (scope.freeCount === 0 && CHANGING.includes(verb)) {
    throw new Refusal(
      `There is no note that may change in ${scope.where || "the clip"}. All are muted`,
    );
  }
}

/**
 * An empty slot is no error: a part for what plays.
 * @param {Wish} wish
 * @param {LiveObject | null} slot
 * @yields {void}
 * @returns {Generator<void, Read, void>}
 */
function* readSlot(wish, slot) {
  if (slot === null) {
    throw new Refusal("Select a MIDI clip or an empty slot of a MIDI track");
  }
  if (slot.flag("is_group_slot")) {
    throw new Refusal("This slot belongs to a group. Select a clip or an empty slot inside it");
  }
  const where = whereIsSlot(slot);
  const opened = openTrack(where.trackIndex);
  if (!readTrackHead(opened, where.trackIndex).isMidi) {
    throw new Refusal(
      "This is an audio track. Select a MIDI clip or an empty slot of a MIDI track",
    );
  }
  refuseFrozen(opened);
  if (!FILLING.includes(wish.verb) && wish.verb !== "accompany") {
    throw new Refusal("The slot is empty. Select a clip or press Vary for a new part");
  }
  const song = readSong();
  const track = yield* readTrack(opened, where.trackIndex);
  const still = emptyClip(song, where, PART_BARS);
  const heard = yield* readHeard(still, contextMenu(wish.controls), Infinity);
  if (heard.length === 0) {
    throw new Refusal("Nothing plays and the scene is empty. Start a clip to write a part for");
  }
  const clip = emptyClip(song, where, partBars(song, heard, wish.controls));
  const question = {
    ...asked({ ...wish, verb: "accompany" }),
    ...{ song, track, clip, heard, scope: scopeOf(clip, []), target: null, newTrack: track },
  };
  return { question, slotId: slot.id };
}

/**
 * @param {Song} song
 * @param {Heard[]} heard
 * @param {Controls} controls
 * @returns {number} bars of a part for what plays
 */
function partBars(song, heard, controls) {
  const bar = barLength(song);
  const longest = Math.max(...heard.map(({ clip }) => lengthOf(clip))) / bar;
  const wanted = wantedLength(controls, emptyClip(song, NOWHERE, PART_BARS));
  return wanted === null ? Math.min(MOST_PART_BARS, Math.max(1, Math.ceil(longest))) : wanted / bar;
}

const NOWHERE = { trackIndex: -1, sceneIndex: -1 };

/**
 * @param {Song} song
 * @param {import("./read_set.js").Where} where
 * @param {number} bars
 * @returns {Clip} that stands for an empty slot; its id is 0
 */
function emptyClip(song, where, bars) {
  const length = bars * barLength(song);
  return {
    ...where,
    ...{ id: 0, name: "", inArrangement: false, isPlaying: false },
    ...{ arrangementStart: 0, arrangementEnd: 0, position: 0, notes: [], selectedIds: [] },
    ...{ loopStart: 0, loopEnd: length, startMarker: 0, endMarker: length, looping: true },
    ...{ hasEnvelopes: false, hasGroove: false },
    numerator: song.numerator,
    denominator: song.denominator,
  };
}

/**
 * @param {LiveObject} track
 */
function refuseFrozen(track) {
  if (track.flag("is_frozen")) {
    throw new Refusal(`${track.text("name")} is frozen. Unfreeze the track to write clips`);
  }
}

/**
 * @param {LiveObject} track
 * @param {Clip} clip
 * @param {number} targetId
 * @yields {void}
 * @returns {Generator<void, {clip: Clip, track: Track}, void>} the clip of that id, else the next
 *   one: below, or behind in the arrangement
 */
function* readTarget(track, clip, targetId) {
  if (targetId === 0) {
    const next = clip.inArrangement ? nextInArrangement(track, clip) : nextBelow(track, clip);
    if (next === null) {
      throw new Refusal(
        "Morph needs a second clip. Press Mark A on this one, then select B and press Morph",
      );
    }
    return yield* readAim(next);
  }
  const chosen = byId(targetId);
  if (chosen === null) {
    throw new Refusal("Clip B of Morph is gone. Select another one and press Morph");
  }
  if (!chosen.flag("is_midi_clip")) {
    throw new Refusal(`${chosen.text("name") || "B"} is an audio clip. Morph needs a MIDI clip`);
  }
  return yield* readAim(chosen);
}

/**
 * @param {LiveObject} opened
 * @yields {void}
 * @returns {Generator<void, {clip: Clip, track: Track}, void>}
 */
function* readAim(opened) {
  const clip = readClipWhereItIs(opened);
  yield;
  return { clip, track: yield* readTrack(openTrack(clip.trackIndex), clip.trackIndex) };
}

/**
 * @param {LiveObject | null} clip
 * @returns {boolean} whether Morph may take it by itself: there is one, and it is no result
 */
function isAim(clip) {
  return clip !== null && verbOfName(clip.text("name")) === "";
}

/**
 * @param {LiveObject} track
 * @param {Clip} clip
 * @returns {LiveObject | null}
 */
function nextBelow(track, clip) {
  for (const id of track.ids("clip_slots").slice(clip.sceneIndex + 1)) {
    const found = byId(id)?.child("clip") ?? null;
    if (isAim(found)) {
      return found;
    }
  }
  return null;
}

/**
 * @param {LiveObject} track
 * @param {Clip} clip
 * @returns {LiveObject | null}
 */
function nextInArrangement(track, clip) {
  const later = track
    .ids("arrangement_clips")
    .map((id) => /** @type {LiveObject} */ (byId(id)))
    .filter((other) => other.number("start_time") > clip.arrangementStart && isAim(other))
    .sort((a, b) => a.number("start_time") - b.number("start_time"));
  return later[0] ?? null;
}

/**
 * @param {Track} source
 * @yields {void}
 * @returns {Generator<void, Track, void>} the next MIDI track to the right, else the source's own
 */
function* readNextTrack(source) {
  const ids = openSong().ids("tracks");
  for (let index = source.index + 1; index < ids.length; index += 1) {
    const track = /** @type {LiveObject} */ (byId(ids[index]));
    const { isMidi, isFrozen } = readTrackHead(track, index);
    if (isMidi && !isFrozen) {
      return yield* readTrack(track, index);
    }
  }
  return source;
}
