// A clip and its notes as plain objects, and a plain note as Live takes it.

/**
 * @typedef {import("../core/shapes.js").Clip} Clip
 * @typedef {import("../core/shapes.js").Note} Note
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 */

/**
 * @param {LiveObject} clip
 * @param {{trackIndex: number, sceneIndex: number}} where
 * @returns {Clip}
 */
export function readClip(clip, { trackIndex, sceneIndex }) {
  const isMidi = clip.flag("is_midi_clip");
  const inArrangement = clip.flag("is_arrangement_clip");
  return {
    id: clip.id,
    name: clip.text("name"),
    inArrangement,
    trackIndex,
    sceneIndex,
    arrangementStart: inArrangement ? clip.number("start_time") : 0,
    arrangementEnd: inArrangement ? clip.number("end_time") : 0,
    loopStart: clip.number("loop_start"),
    loopEnd: clip.number("loop_end"),
    looping: clip.flag("looping"),
    startMarker: clip.number("start_marker"),
    endMarker: clip.number("end_marker"),
    numerator: clip.number("signature_numerator"),
    denominator: clip.number("signature_denominator"),
    hasEnvelopes: clip.flag("has_envelopes"),
    hasGroove: clip.flag("has_groove"),
    isPlaying: clip.flag("is_playing"),
    position: clip.number("playing_position"),
    notes: isMidi ? readNotes(clip) : [],
    selectedIds: isMidi ? readSelection(clip) : [],
  };
}

/**
 * @param {LiveObject} clip
 * @returns {Note[]} all of them
 */
export function readNotes(clip) {
  return notesFrom(clip.call("get_all_notes_extended")).map(noteFrom);
}

/**
 * @param {LiveObject} clip
 * @returns {number[]}
 */
export function readSelection(clip) {
  return notesFrom(clip.call("get_selected_notes_extended")).map(({ note_id: id }) => id);
}

/**
 * @param {any} answer Live gives a dictionary as JSON
 * @returns {any[]}
 */
function notesFrom(answer) {
  const text = Array.isArray(answer) ? answer[0] : answer;
  return (typeof text === "string" ? JSON.parse(text) : text).notes;
}

/**
 * @param {any} note
 * @returns {Note}
 */
function noteFrom(note) {
  return {
    id: note.note_id,
    pitch: note.pitch,
    start: note.start_time,
    duration: note.duration,
    velocity: note.velocity,
    mute: Boolean(note.mute),
    probability: note.probability,
    velocityDeviation: note.velocity_deviation,
    releaseVelocity: note.release_velocity,
  };
}

/**
 * @param {Note} note
 * @returns {object} as Live takes it; its id it gives itself
 */
export function liveNote(note) {
  return {
    pitch: note.pitch,
    start_time: note.start,
    duration: note.duration,
    velocity: note.velocity,
    mute: Number(note.mute),
    probability: note.probability,
    velocity_deviation: note.velocityDeviation,
    release_velocity: note.releaseVelocity,
  };
}
