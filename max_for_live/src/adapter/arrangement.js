// Where results of an arrangement clip land: take lanes of the same track, which Live can make from
// 12.2 on and cannot take away by script; a continuation right behind the clip where that is free.
// Clips are never copied into the arrangement: that would write their envelopes as automation.

import { lengthOf } from "../core/bars.js";
import { isFree } from "../core/placing.js";
import { isAdding, isLonger } from "../core/verbs.js";
import { byId } from "./live_object.js";
import { Refusal } from "./read_set.js";
import { dress } from "./write_clip.js";

/**
 * @typedef {import("../core/shapes.js").Plain} Plain
 * @typedef {import("../core/shapes.js").Span} Span
 * @typedef {import("./landing.js").Asked} Asked
 * @typedef {import("./landing.js").Place} Place
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 */

/**
 * @param {Asked} asked
 * @param {LiveObject} track
 * @param {Plain[]} results
 * @returns {{places: Place[], where: string} | null} null where this Live has no take lanes
 */
export function placeInArrangement(asked, track, results) {
  const spans = results.map((result) => spanOf(asked, result));
  const isOnTrack = isAdding(asked.question.verb) && !isWithOriginal(asked);
  const canCreate = isOnTrack && track.can("create_midi_clip");
  if (!track.can("create_take_lane") && !canCreate) {
    return null;
  }
  const used = new Set();
  /** @type {Place[]} */
  const places = [];
  for (const span of spans) {
    const isThere = canCreate && isFree(takenBy(track), span);
    const home = isThere ? track : freeLane(track, span);
    const clip = home === null ? null : create(home, span);
    if (clip === null || home === null) {
      throw new Refusal("Live refused a clip in the arrangement. Is something being recorded?");
    }
    dress(clip, { ...asked.question.clip, looping: false });
    places.push({ clip, present: [], isAnew: hasMore(asked) });
    used.add(isThere ? placeText(asked, track) : `take lane ${home.text("name")}`);
  }
  return { places, where: [...used].join(", ") };
}

/**
 * @param {Asked} asked
 * @param {LiveObject} track
 * @returns {string}
 */
function placeText({ question: { verb } }, track) {
  return verb === "accompany" ? `beside it in ${track.text("name")}` : "right behind the clip";
}

/**
 * @param {Asked} asked
 * @returns {boolean} whether the source has what a new clip cannot be given
 */
function hasMore({ question: { clip } }) {
  return clip.hasEnvelopes || clip.hasGroove;
}

/**
 * @param {Asked} asked
 * @returns {boolean}
 */
function isWithOriginal({ question: { verb, controls } }) {
  return verb === "continue" && controls.target === 1;
}

/**
 * @param {Asked} asked
 * @param {Plain} result
 * @returns {Span} of the song
 */
function spanOf(asked, result) {
  const { verb, clip } = asked.question;
  const { arrangementStart: start, arrangementEnd: end } = clip;
  if (verb === "accompany") {
    return { start, end: start + result.length };
  }
  if (!isLonger(verb)) {
    return { start, end };
  }
  return isWithOriginal(asked)
    ? { start, end: start + result.length }
    : { start: end, end: end + result.length - lengthOf(clip) };
}

/**
 * @param {LiveObject} home a track or a take lane
 * @returns {Span[]} what lies in it
 */
function takenBy(home) {
  return home.ids("arrangement_clips").map((id) => {
    const clip = /** @type {LiveObject} */ (byId(id));
    return { start: clip.number("start_time"), end: clip.number("end_time") };
  });
}

/**
 * @param {LiveObject} track
 * @param {Span} span
 * @returns {LiveObject | null} a lane of ours that is free there, else a new one
 */
function freeLane(track, span) {
  let ours = 0;
  for (const id of track.ids("take_lanes")) {
    const lane = /** @type {LiveObject} */ (byId(id));
    if (!/^Reprise \d+$/.test(lane.text("name"))) {
      continue;
    }
    ours += 1;
    if (isFree(takenBy(lane), span)) {
      return lane;
    }
  }
  track.call("create_take_lane");
  const ids = track.ids("take_lanes");
  const lane = byId(ids[ids.length - 1] ?? 0);
  lane?.set("name", `Reprise ${ours + 1}`);
  return lane;
}

/**
 * @param {LiveObject} home a track or a take lane
 * @param {Span} span
 * @returns {LiveObject | null} the new clip, null where Live refused it
 */
function create(home, { start, end }) {
  const before = new Set(home.ids("arrangement_clips"));
  home.call("create_midi_clip", start, end - start);
  return byId(home.ids("arrangement_clips").find((id) => !before.has(id)) ?? 0);
}
