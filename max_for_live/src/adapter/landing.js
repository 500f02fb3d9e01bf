// Writing results into the Set, all of one call in one undo step.

import { arranged, isSameMusic, wantedNotes } from "../core/answer.js";
import { lengthOf, regionOf } from "../core/bars.js";
import { resultName } from "../core/names.js";
import { placeBelow } from "../core/placing.js";
import { placeInArrangement } from "./arrangement.js";
import { byId, open } from "./live_object.js";
import { idPath } from "./live_path.js";
import { readNotes } from "./read_clip.js";
import { Refusal, openSong } from "./read_set.js";
import { inOneStep } from "./undo.js";
import { dress, setLoop, setMarkers, writeNotes } from "./write_clip.js";

/**
 * @typedef {import("../core/answer.js").Wanted} Wanted
 * @typedef {import("../core/report.js").Landing} Landing
 * @typedef {import("../core/request.js").Question} Question
 * @typedef {import("../core/shapes.js").Clip} Clip
 * @typedef {import("../core/shapes.js").Note} Note
 * @typedef {import("../core/shapes.js").Plain} Plain
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 * @typedef {object} Asked a click
 * @property {Question} question
 * @property {Note[]} places the source's notes in the order of their places
 * @property {number} slotId of the empty slot that was selected, else 0
 * @property {boolean} isInPlace
 * @property {number} firstNumber of the first result's name
 * @typedef {object} Landed one result in the Set
 * @property {string} resultId
 * @property {number} clipId
 * @property {string} name
 * @property {number} change percent
 * @property {number} noteCount
 * @typedef {{clip: LiveObject, present: Note[], isAnew: boolean}} Place a clip to be filled
 */

/**
 * @param {Asked} asked
 * @param {Plain[]} results
 * @returns {{landing: Landing, landed: Landed[]}}
 */
export function land(asked, results) {
  return inOneStep(() =>
    asked.isInPlace ? landInPlace(asked, results) : landAsClips(asked, results),
  );
}

/**
 * @param {Asked} asked
 * @param {Plain[]} results
 * @returns {{landing: Landing, landed: Landed[]}}
 */
function landAsClips(asked, results) {
  const { verb, clip: source, track } = asked.question;
  const { places, where, wasEdited } = makePlaces(asked, results);
  /** @type {Landing} */
  const landing = emptyLanding(asked.question.style, where, wasEdited);
  landing.mayHaveCurves = track.mayHaveCurves && verb !== "accompany";
  const landed = results.map((result, index) => {
    const { clip, present, isAnew } = places[index];
    const wanted = wantedBy(asked, result);
    if (!clip.flag("is_arrangement_clip")) {
      setLoop(clip, wanted.region ?? regionOf(source));
      setMarkers(clip, wanted.region ?? { start: source.startMarker, end: source.endMarker });
    }
    count(landing, writeNotes(clip, wanted, present), result);
    landing.wasAnew ||= isAnew && verb !== "accompany";
    const name = resultName(
      verb,
      asked.firstNumber + result.index,
      sourceName(asked),
      result.result_id,
    );
    clip.set("name", name);
    return asLanded(result, clip, name, wanted);
  });
  return { landing, landed };
}

/**
 * @param {Asked} asked
 * @param {Plain[]} results the first is taken
 * @returns {{landing: Landing, landed: Landed[]}}
 */
function landInPlace(asked, results) {
  const { clip: source, track } = asked.question;
  const clip = byId(source.id);
  if (clip === null) {
    throw new Refusal("The clip is gone. Nothing was written");
  }
  const present = readNotes(clip);
  if (!isSameMusic(present, source.notes)) {
    throw new Refusal("The clip was edited since the click. Nothing was written in place");
  }
  const [result] = results;
  const wanted = wantedNotes("refill", source, asked.places, result, false);
  const landing = emptyLanding(asked.question.style, "in the clip itself", false);
  landing.mayHaveCurves = track.mayHaveCurves;
  count(landing, writeNotes(clip, wanted, present), result);
  return { landing, landed: [asLanded(result, clip, source.name, wanted)] };
}

/**
 * @param {Asked} asked
 * @param {Plain} result
 * @returns {Wanted}
 */
function wantedBy({ question, places }, result) {
  const { verb, clip, controls } = question;
  const wanted = wantedNotes(verb, clip, places, result, controls.target === 1);
  if (!clip.inArrangement || verb === "accompany") {
    return wanted;
  }
  if (wanted.region === null) {
    const region = { start: 0, end: clip.arrangementEnd - clip.arrangementStart };
    return { kept: [], added: arranged(wanted, clip), region };
  }
  const { start, end } = wanted.region;
  const notes = [...wanted.kept, ...wanted.added];
  const moved = notes.filter((note) => note.start >= start && note.start < end);
  const added = moved.map((note) => ({ ...note, start: note.start - start }));
  return { kept: [], added, region: { start: 0, end: end - start } };
}

/**
 * @param {Asked} asked
 * @returns {string}
 */
function sourceName({ question: { verb, clip, track, newTrack } }) {
  if (verb === "accompany") {
    return newTrack?.name ?? "";
  }
  return clip.name === "" ? track.name : clip.name;
}

/**
 * @param {string} style
 * @param {string} where
 * @param {boolean} wasEdited
 * @returns {Landing}
 */
function emptyLanding(style, where, wasEdited) {
  return {
    ...{ where, clips: 0, added: 0, missing: 0, wasEdited, wasAnew: false, mayHaveCurves: false },
    ...{ style, after: [], warnings: [] },
  };
}

/**
 * @param {Landing} landing
 * @param {import("./write_clip.js").Written} written
 * @param {Plain} result
 */
function count(landing, written, result) {
  landing.clips += 1;
  landing.added += written.added;
  landing.missing += written.missing;
  landing.after.push(...(result.style_from === "" ? [] : result.style_from.split(" · ")));
  landing.warnings.push(...result.warnings);
}

/**
 * @param {Plain} result
 * @param {LiveObject} clip
 * @param {string} name
 * @param {Wanted} wanted
 * @returns {Landed}
 */
function asLanded(result, clip, name, wanted) {
  return {
    resultId: result.result_id,
    clipId: clip.id,
    name,
    change: Math.round(100 * (1 - result.similarity)),
    noteCount: wanted.kept.length + wanted.added.length,
  };
}

/**
 * @param {Asked} asked
 * @param {Plain[]} results
 * @returns {{places: Place[], where: string, wasEdited: boolean}}
 */
function makePlaces(asked, results) {
  const { verb, clip, newTrack } = asked.question;
  if (verb === "accompany" && newTrack !== null) {
    return { ...makeOnTrack(asked, results, newTrack.id), wasEdited: false };
  }
  const track = writableTrack(asked.question.track.id);
  const source = byId(clip.id);
  const wasEdited = source !== null && isEdited(source, clip);
  if (clip.inArrangement) {
    const made = placeInArrangement(asked, track, results);
    return { ...(made ?? makeInSession(asked, results, null, track)), wasEdited };
  }
  return { ...makeInSession(asked, results, source, track), wasEdited };
}

/**
 * @param {number} id
 * @returns {LiveObject} looked at before anything is made, so that nothing is half written
 */
function writableTrack(id) {
  const track = byId(id);
  if (track === null) {
    throw new Refusal("The track is gone. Nothing was written");
  }
  if (track.flag("is_frozen")) {
    throw new Refusal(`${track.text("name")} is frozen. Nothing was written`);
  }
  return track;
}

/**
 * @param {LiveObject} source
 * @param {Clip} sent
 * @returns {boolean} whether it is not what was sent any more
 */
function isEdited(source, sent) {
  const { start, end } = regionOf(sent);
  const isMoved = source.number("loop_start") !== start || source.number("loop_end") !== end;
  return isMoved || !isSameMusic(readNotes(source), sent.notes);
}

/**
 * @param {Asked} asked
 * @param {Plain[]} results
 * @param {LiveObject | null} source null where it is gone or is not in a slot
 * @param {LiveObject} oldTrack where it was
 * @returns {{places: Place[], where: string}}
 */
function makeInSession(asked, results, source, oldTrack) {
  const slot = source?.child("canonical_parent") ?? null;
  const track = writableTrack(slot?.child("canonical_parent")?.id ?? oldTrack.id);
  const row =
    slot === null ? asked.question.clip.sceneIndex : track.ids("clip_slots").indexOf(slot.id);
  const { slots, where } = freeSlots(track, row, results.length);
  const places = slots.map((target) => {
    slot?.call("duplicate_clip_to", idPath(target.id));
    const copy = target.child("clip");
    return copy === null
      ? createIn(target, asked.question.clip, lengthOf(asked.question.clip))
      : { clip: copy, present: readNotes(copy), isAnew: false };
  });
  return { places, where };
}

/**
 * @param {Asked} asked
 * @param {Plain[]} results
 * @param {number} trackId
 * @returns {{places: Place[], where: string}}
 */
function makeOnTrack(asked, results, trackId) {
  const track = writableTrack(trackId);
  const arrangedPart = asked.question.clip.inArrangement
    ? placeInArrangement(asked, track, results)
    : null;
  if (arrangedPart !== null) {
    return arrangedPart;
  }
  const own = byId(asked.slotId);
  const chosen = own !== null && own.child("clip") === null ? [own] : [];
  const row = Math.max(0, asked.question.clip.sceneIndex);
  const { slots, where } = freeSlots(track, row, results.length - chosen.length);
  const source = { ...asked.question.clip, looping: true };
  const places = [...chosen, ...slots].map((slot, index) =>
    createIn(slot, source, results[index].length),
  );
  const here = chosen.length > 0 ? ["the selected slot"] : [];
  const words = [...here, ...(where === "" ? [] : [where])].join(" and ");
  return { places, where: `${words} of ${track.text("name")}` };
}

/**
 * @param {LiveObject} slot
 * @param {Clip} source
 * @param {number} length beats
 * @returns {Place}
 */
function createIn(slot, source, length) {
  slot.call("create_clip", length);
  const clip = slot.child("clip");
  if (clip === null) {
    throw new Refusal("Live refused a new clip. Is something being recorded there?");
  }
  dress(clip, source);
  return { clip, present: [], isAnew: true };
}

/**
 * Return slots in rows that are wholly empty, new scenes at the end where there are too few.
 * @param {LiveObject} track
 * @param {number} below
 * @param {number} count of slots
 * @returns {{slots: LiveObject[], where: string}}
 */
export function freeSlots(track, below, count) {
  if (count === 0) {
    return { slots: [], where: "" };
  }
  const song = openSong();
  const scenes = song.ids("scenes");
  const scene = /** @type {LiveObject} */ (open(idPath(scenes[0])));
  const isEmpty = scenes.map((id) => scene.go(id).flag("is_empty"));
  const { rows, newScenes } = placeBelow(isEmpty, below, count);
  for (let made = 0; made < newScenes; made += 1) {
    song.call("create_scene", -1);
  }
  const ids = track.ids("clip_slots");
  const slots = rows.map((row) => byId(ids[row] ?? 0)).filter((slot) => slot !== null);
  if (slots.length < count) {
    throw new Refusal("Live made no new scene. Nothing was written");
  }
  return { slots, where: rowsText(rows) };
}

/**
 * @param {number[]} rows from 0, rising
 * @returns {string} such as "scenes 9 to 12"
 */
function rowsText(rows) {
  if (rows.length === 1) {
    return `scene ${rows[0] + 1}`;
  }
  const isRun = rows.every((row, index) => row === rows[0] + index);
  return isRun
    ? `scenes ${rows[0] + 1} to ${rows[rows.length - 1] + 1}`
    : `scenes ${rows.map((row) => row + 1).join(" ")}`;
}
