/**
 * Questions about clips, notes and lanes that Live answers at once. Each returns what is worth
 * knowing, or throws what was seen instead of what the device relies on.
 */
import { NOTE, childIds, demand, notesOf, number, open } from "./bench.js";

const KEPT = Object.entries(NOTE);
const MANY = 5000;
const NO_QUANTIZATION = 1;
const LONGEST_STRETCH_MS = 20;

/** @type {[string, (bench: import("./bench.js").Bench) => string | void][]} */
export const QUESTIONS = [
  ["which Live this is", () => version()],
  ["undo steps can be opened and closed", undoSteps],
  ["a new clip takes notes with all their fields", allFields],
  ["a note may stand before the clip's start", earlyNote],
  ["notes are removed by their ids", removeById],
  ["notes can be selected, and the selection read", selection],
  ["a copied clip has its settings", copySettings],
  ["a copied clip's notes and their ids", copyIds],
  ["a loop moves to the right", moveLoop],
  ["launch settings can be changed and put back", launchSettings],
  ["the clip in view can be set", detailClip],
  ["groove and envelopes can be asked for", grooveAndEnvelopes],
  ["5000 notes are written and read", manyNotes],
  ["take lanes", takeLanes],
  ["a clip in the arrangement", arrangementClip],
  ["the scale of the Set", scaleOfSet],
  ["pads of a Drum Rack on this track", drumPads],
];

/** @returns {string} */
function version() {
  const app = open("live_app");
  return `Live ${app.call("get_major_version")}.${app.call("get_minor_version")}`;
}

/** @param {import("./bench.js").Bench} bench */
function undoSteps(bench) {
  bench.song.call("begin_undo_step");
  bench.song.call("end_undo_step");
}

/** @param {import("./bench.js").Bench} bench */
function allFields(bench) {
  const [note] = notesOf(bench.makeClip(0, [NOTE]));
  demand(note !== undefined, "no note came back");
  for (const [field, value] of KEPT) {
    demand(Math.abs(note[field] - Number(value)) < 1e-6, `${field} is ${note[field]}`);
  }
}

/** @param {import("./bench.js").Bench} bench */
function earlyNote(bench) {
  const clip = bench.makeClip(0, [{ ...NOTE, start_time: -1 }]);
  demand(notesOf(clip)[0]?.start_time === -1, `notes: ${JSON.stringify(notesOf(clip))}`);
}

/** @param {import("./bench.js").Bench} bench */
function removeById(bench) {
  const clip = bench.makeClip(0, [NOTE, { ...NOTE, pitch: 62 }, { ...NOTE, pitch: 64 }]);
  const [low, , high] = notesOf(clip);
  clip.call("remove_notes_by_id", low.note_id, high.note_id);
  const left = notesOf(clip).map(({ pitch }) => pitch);
  demand(left.length === 1 && left[0] === 62, `pitches left: ${left}`);
}

/** @param {import("./bench.js").Bench} bench */
function selection(bench) {
  const clip = bench.makeClip(0, [NOTE, { ...NOTE, pitch: 62 }]);
  const [, note] = notesOf(clip);
  clip.call("deselect_all_notes");
  clip.call("select_notes_by_id", note.note_id);
  const selected = JSON.parse(String(clip.call("get_selected_notes_extended"))).notes;
  demand(selected.length === 1 && selected[0].pitch === 62, `${selected.length} are selected`);
}

/** @param {import("./bench.js").Bench} bench */
function copySettings(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  const settings = { signature_numerator: 7, signature_denominator: 8, legato: 1, launch_mode: 1 };
  for (const [name, value] of Object.entries(settings)) clip.set(name, value);
  bench.slot(0).call("duplicate_clip_to", `id ${bench.slot(1).id}`);
  for (const [name, value] of Object.entries(settings)) {
    demand(number(bench.clip(1), name) === value, `${name} is ${number(bench.clip(1), name)}`);
  }
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function copyIds(bench) {
  const notes = notesOf(bench.makeClip(0, [NOTE, { ...NOTE, pitch: 62 }]));
  bench.slot(0).call("duplicate_clip_to", `id ${bench.slot(1).id}`);
  const copies = notesOf(bench.clip(1));
  demand(copies.length === notes.length, `${copies.length} notes of ${notes.length}`);
  demand(
    copies.every(({ probability }) => probability === NOTE.probability),
    "probabilities are lost",
  );
  const same = copies.every((copy, place) => copy.note_id === notes[place].note_id);
  return same ? "the ids are the same" : "the ids are others";
}

/** @param {import("./bench.js").Bench} bench */
function moveLoop(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  clip.set("loop_end", 12);
  clip.set("loop_start", 8);
  const loop = [number(clip, "loop_start"), number(clip, "loop_end")];
  demand(loop[0] === 8 && loop[1] === 12, `the loop is ${loop}`);
}

/** @param {import("./bench.js").Bench} bench */
function launchSettings(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  const before = [number(clip, "legato"), number(clip, "launch_quantization")];
  clip.set("legato", 1);
  clip.set("launch_quantization", NO_QUANTIZATION);
  demand(number(clip, "legato") === 1, "legato cannot be set");
  clip.set("legato", before[0]);
  clip.set("launch_quantization", before[1]);
  const after = [number(clip, "legato"), number(clip, "launch_quantization")];
  demand(String(before) === String(after), `${before} became ${after}`);
}

/** @param {import("./bench.js").Bench} bench */
function detailClip(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  bench.view.set("detail_clip", `id ${clip.id}`);
  const [shown] = childIds(bench.view, "detail_clip");
  demand(String(shown) === String(clip.id), `id ${shown} is in view`);
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function grooveAndEnvelopes(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  return `groove ${number(clip, "has_groove")}, envelopes ${number(clip, "has_envelopes")}`;
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function manyNotes(bench) {
  const notes = Array.from({ length: MANY }, (_, place) => ({
    ...NOTE,
    pitch: 36 + (place % 48),
    start_time: Math.floor(place / 48) / 8,
    duration: 0.1,
  }));
  const began = Date.now();
  const clip = bench.makeClip(0, notes);
  const written = Date.now();
  const count = notesOf(clip).length;
  const read = Date.now();
  demand(count === MANY, `${count} notes came back`);
  const figures = `written in ${written - began} ms, read in ${read - written} ms`;
  demand(Math.max(written - began, read - written) <= LONGEST_STRETCH_MS, figures);
  return figures;
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function takeLanes(bench) {
  const before = bench.ids("take_lanes").length;
  bench.track.call("create_take_lane");
  const lanes = bench.ids("take_lanes");
  demand(lanes.length === before + 1, `${lanes.length} lanes after ${before}`);
  const lane = open(`id ${lanes[lanes.length - 1]}`);
  lane.set("name", "Reprise Spike");
  lane.call("create_midi_clip", 0, 4);
  const [clip] = childIds(lane, "arrangement_clips");
  demand(clip > 0, "the lane has no clip");
  open(`id ${clip}`).call("add_new_notes", { notes: [NOTE] });
  demand(notesOf(open(`id ${clip}`)).length === 1, "the lane's clip takes no notes");
  return "one lane is left behind; Live cannot delete it";
}

/** @param {import("./bench.js").Bench} bench */
function arrangementClip(bench) {
  const before = new Set(bench.ids("arrangement_clips"));
  bench.track.call("create_midi_clip", 0, 4);
  const made = bench.ids("arrangement_clips").find((id) => !before.has(id));
  demand(made !== undefined, "no clip was made");
  bench.track.call("delete_clip", `id ${made}`);
  demand(bench.ids("arrangement_clips").length === before.size, "it cannot be deleted");
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function scaleOfSet(bench) {
  const intervals = [bench.song.get("scale_intervals")].flat();
  demand(intervals.length > 0, "no intervals");
  const on = number(bench.song, "scale_mode") ? "on" : "off";
  return `${on}, root ${number(bench.song, "root_note")}, ${intervals.length} notes`;
}

/**
 * @param {import("./bench.js").Bench} bench
 * @returns {string}
 */
function drumPads(bench) {
  const racks = bench
    .ids("devices")
    .map((id) => open(`id ${id}`))
    .filter((device) => number(device, "can_have_drum_pads") === 1);
  if (racks.length === 0)
    return "there is no Drum Rack here; put one behind the spike and run again";
  const filled = childIds(racks[0], "drum_pads").filter(
    (id) => childIds(open(`id ${id}`), "chains").length > 0,
  );
  return `${filled.length} filled pads`;
}
