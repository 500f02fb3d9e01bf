/**
 * Questions about Live's objects: how they are found, what they tell of themselves, what asking
 * costs. The device finds everything by ids, so these hold up all the others.
 */
import { NOTE, childIds, demand, idOf, notesOf, number, open } from "./bench.js";

const CLIPS = "arrangement_clips";
const MANY_IDS = 1000;
const CALLS = 200;
const LONGEST_STRETCH_MS = 20;

/** @type {[string, (bench: import("./bench.js").Bench) => string | void][]} */
export const OBJECT_QUESTIONS = [
  ["an object of the API is aimed at another by its id", aim],
  ["a clip that is gone has the id 0", goneClip],
  ["info lists what this Live can do", info],
  ["the parent of a clip is its slot, that of a slot its track", parentsInSession],
  ["the parent of a clip in a take lane is the lane", parentOfLaneClip],
  ["a scene knows whether its row is empty", emptyScene],
  ["new notes are answered by their ids", newIds],
  ["1000 notes are removed by one call", removeMany],
  ["the loop of a copy can end behind its end marker", longerLoop],
  ["the Set has a name", nameOfSet],
  ["200 properties are read", costOfCalls],
  ["class names of the devices on this track", classNames],
];

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function aim(bench) {
  const api = bench.slot(0);
  const before = number(api, "has_clip");
  bench.makeClip(1, []);
  const id = idOf(bench.slot(1));
  api.id = id;
  demand(idOf(api) === id, `it is still ${api.id}`);
  demand(before === 0 && number(api, "has_clip") === 1, "it answers for the old object");
  return `an id is given back as ${JSON.stringify(api.id)}`;
}

/** @param {import("./bench.js").Bench} bench */
function goneClip(bench) {
  const clip = bench.makeClip(0, []);
  const id = idOf(clip);
  bench.slot(0).call("delete_clip");
  demand(idOf(clip) === 0, `the object that was open has the id ${clip.id}`);
  demand(idOf(open(`id ${id}`)) === 0, "the id still opens something");
}

/** @param {import("./bench.js").Bench} bench */
function info(bench) {
  const told = String(bench.track.info);
  const missing = ["create_take_lane", "create_midi_clip"].filter((name) => !told.includes(name));
  demand(missing.length === 0, `not in it: ${missing.join(" ")}`);
}

/** @param {import("./bench.js").Bench} bench */
function parentsInSession(bench) {
  const [slot] = childIds(bench.makeClip(0, []), "canonical_parent");
  demand(slot === idOf(bench.slot(0)), `the clip's parent is ${slot}`);
  const [track] = childIds(bench.slot(0), "canonical_parent");
  demand(track === idOf(bench.track), `the slot's parent is ${track}`);
}

/** @param {import("./bench.js").Bench} bench */
function parentOfLaneClip(bench) {
  const [clip] = bench.ids("take_lanes").flatMap((id) => childIds(open(`id ${id}`), CLIPS));
  demand(clip !== undefined, "there is no clip in a take lane");
  const [lane] = childIds(open(`id ${clip}`), "canonical_parent");
  demand(open(`id ${lane}`).type === "TakeLane", `it is a ${open(`id ${lane}`).type}`);
  const [track] = childIds(open(`id ${lane}`), "canonical_parent");
  demand(track === idOf(bench.track), `the lane's parent is ${track}`);
}

/** @param {import("./bench.js").Bench} bench */
function emptyScene(bench) {
  const scene = open(`id ${childIds(bench.song, "scenes")[0]}`);
  const others = childIds(bench.song, "tracks").filter((id) => id !== idOf(bench.track));
  const isFree = others
    .map((id) => open(`id ${childIds(open(`id ${id}`), "clip_slots")[0]}`))
    .every((slot) => !number(slot, "has_clip"));
  demand(number(scene, "is_empty") === Number(isFree), "it is wrong about the row before");
  bench.makeClip(0, []);
  demand(number(scene, "is_empty") === 0, "it calls a row with a clip empty");
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function newIds(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  const notes = [64, 67].map((pitch) => ({ ...NOTE, pitch }));
  const answer = clip.call("add_new_notes", { notes });
  const added = notesOf(clip).filter(({ pitch }) => pitch !== NOTE.pitch);
  const ids = added.map((note) => note.note_id);
  demand(String(answer) === String(ids), `${JSON.stringify(answer)} for the notes ${ids}`);
  return JSON.stringify(answer);
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function removeMany(bench) {
  const notes = Array.from({ length: 2 * MANY_IDS }, (_, place) => ({
    ...NOTE,
    pitch: 36 + (place % 48),
    start_time: Math.floor(place / 48) / 8,
    duration: 0.1,
  }));
  const clip = bench.makeClip(0, notes);
  const ids = notesOf(clip).map((note) => note.note_id);
  const began = Date.now();
  clip.call("remove_notes_by_id", ...ids.filter((_, place) => place % 2 === 0));
  const took = Date.now() - began;
  const left = notesOf(clip).length;
  demand(left === MANY_IDS, `${left} notes are left of ${notes.length}`);
  return `${took} ms`;
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function longerLoop(bench) {
  bench.makeClip(0, [NOTE]);
  bench.slot(0).call("duplicate_clip_to", `id ${idOf(bench.slot(1))}`);
  const copy = bench.clip(1);
  copy.set("loop_end", 8);
  demand(number(copy, "loop_end") === 8, `loop_end is ${number(copy, "loop_end")}`);
  return `end_marker is ${number(copy, "end_marker")}`;
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function nameOfSet(bench) {
  const [name] = [bench.song.get("name")].flat();
  demand(name !== undefined && name !== null, "Song has no name");
  return JSON.stringify(name);
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function costOfCalls(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  const began = Date.now();
  for (let call = 0; call < CALLS; call += 1) number(clip, "loop_start");
  const read = Date.now();
  for (let call = 0; call < CALLS; call += 1) open(`id ${idOf(clip)}`);
  const opened = Date.now();
  const figures = `${CALLS} read in ${read - began} ms, ${CALLS} opened in ${opened - read} ms`;
  demand(read - began <= LONGEST_STRETCH_MS, figures);
  return figures;
}

/**
 * The device knows instruments that play MPE by these names.
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function classNames(bench) {
  const names = bench.ids("devices").map((id) => open(`id ${id}`).get("class_name"));
  demand(names.length > 0, "not even this device is there");
  return names.flat().join(" ");
}
