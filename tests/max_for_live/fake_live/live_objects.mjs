// What the fake Live knows of each kind of Live object: its children, properties and functions.
// A name that is not here is refused, so that a typing error cannot pass for an answer.

/** What Live itself would refuse. */
export class LiveError extends Error {}

/** @typedef {{lists?: string[], ones?: string[], read?: string[], write?: string[], observe?: string[], functions?: string[]}} Kind */

const DEVICE = {
  read: ["class_name", "type", "can_have_chains", "can_have_drum_pads", "is_active"],
  write: ["name"],
  observe: ["name", "is_active"],
};

/** @type {Record<string, Kind>} */
export const KINDS = {
  Application: { functions: ["get_major_version", "get_minor_version"] },
  Song: {
    lists: ["tracks", "return_tracks", "scenes"],
    ones: ["view", "master_track"],
    read: ["scale_intervals", "current_song_time", "file_path"],
    write: [
      ...["tempo", "signature_numerator", "signature_denominator", "is_playing", "root_note"],
      ...["scale_name", "scale_mode", "clip_trigger_quantization", "name"],
    ],
    observe: [
      ...["tempo", "signature_numerator", "signature_denominator", "is_playing", "root_note"],
      ...["scale_name", "scale_mode", "scale_intervals", "tracks", "scenes"],
    ],
    functions: [
      "begin_undo_step",
      "end_undo_step",
      "undo",
      "create_scene",
      "start_playing",
      "stop_playing",
    ],
  },
  "Song.View": {
    ones: ["detail_clip", "highlighted_clip_slot", "selected_track", "selected_scene"],
    write: ["detail_clip", "highlighted_clip_slot", "selected_track", "selected_scene"],
    // The highlighted slot cannot be observed in Live.
    observe: ["detail_clip", "selected_track", "selected_scene"],
  },
  Track: {
    lists: ["clip_slots", "arrangement_clips", "take_lanes", "devices"],
    ones: ["group_track"],
    read: [
      ...["is_frozen", "is_foldable", "is_grouped", "has_midi_input", "has_audio_input"],
      ...["playing_slot_index", "fired_slot_index", "muted_via_solo", "is_visible"],
    ],
    write: ["name", "mute", "solo", "color"],
    observe: [
      ...["name", "mute", "is_frozen", "playing_slot_index", "fired_slot_index", "clip_slots"],
      ...["arrangement_clips", "take_lanes", "devices", "muted_via_solo"],
    ],
    functions: [
      ...["create_take_lane", "create_midi_clip", "delete_clip", "duplicate_clip_slot"],
      ...["duplicate_clip_to_arrangement", "stop_all_clips"],
    ],
  },
  TakeLane: {
    lists: ["arrangement_clips"],
    write: ["name"],
    observe: ["name", "arrangement_clips"],
    functions: ["create_midi_clip"],
  },
  Scene: { read: ["is_empty"], write: ["name"], observe: ["name"] },
  ClipSlot: {
    ones: ["clip"],
    read: ["has_clip", "is_group_slot", "controls_other_clips", "is_playing"],
    write: ["has_stop_button"],
    observe: ["has_clip"],
    functions: ["create_clip", "delete_clip", "duplicate_clip_to", "fire", "stop"],
  },
  Clip: {
    ones: ["groove", "view"],
    read: [
      ...["is_midi_clip", "is_audio_clip", "is_arrangement_clip", "is_session_clip"],
      ...["is_take_lane_clip", "has_envelopes", "has_groove", "length", "start_time", "end_time"],
      ...["playing_position", "is_triggered", "is_recording"],
    ],
    write: [
      ...["name", "color", "loop_start", "loop_end", "start_marker", "end_marker", "looping"],
      ...["signature_numerator", "signature_denominator", "launch_mode", "launch_quantization"],
      ...["legato", "muted", "groove", "velocity_amount", "is_playing"],
    ],
    observe: [
      ...["name", "loop_start", "loop_end", "start_marker", "end_marker", "looping", "notes"],
      ...["signature_numerator", "signature_denominator", "muted", "playing_status"],
      ...["has_envelopes", "launch_mode", "launch_quantization", "legato"],
    ],
    functions: [
      ...["get_notes_extended", "get_all_notes_extended", "get_selected_notes_extended"],
      ...["get_notes_by_id", "remove_notes_by_id", "add_new_notes", "apply_note_modifications"],
      ...["select_notes_by_id", "select_all_notes", "deselect_all_notes", "fire", "stop"],
    ],
  },
  "Clip.View": { functions: ["show_loop"] },
  Groove: { write: ["name"] },
  Device: DEVICE,
  RackDevice: {
    ...DEVICE,
    lists: ["chains", "drum_pads"],
    read: [...DEVICE.read, "has_drum_pads"],
  },
  Chain: { lists: ["devices"], write: ["name", "mute"] },
  DrumPad: {
    lists: ["chains"],
    read: ["note"],
    write: ["name", "mute"],
    observe: ["name", "mute"],
  },
};

/** Fields that a note may have when it is added; Live gives it its id itself. */
export const NOTE_RANGES = {
  pitch: [0, 127],
  start_time: [-1e6, 1e6],
  duration: [0, 1e6],
  velocity: [1, 127],
  mute: [0, 1],
  probability: [0, 1],
  velocity_deviation: [-127, 127],
  release_velocity: [0, 127],
};

export const NOTE_DEFAULTS = {
  velocity: 100,
  mute: 0,
  probability: 1,
  velocity_deviation: 0,
  release_velocity: 64,
};

export const CLIP_DEFAULTS = {
  name: "",
  color: 0,
  is_midi_clip: 1,
  is_arrangement_clip: 0,
  is_take_lane_clip: 0,
  has_envelopes: 0,
  loop_start: 0,
  loop_end: 4,
  start_marker: 0,
  end_marker: 4,
  looping: 1,
  signature_numerator: 4,
  signature_denominator: 4,
  launch_mode: 0,
  launch_quantization: 0,
  legato: 0,
  muted: 0,
  velocity_amount: 0,
  start_time: 0,
  is_recording: 0,
  is_triggered: 0,
};
