// What the functions and properties of Live's objects do, and what they refuse.

import { LiveError, NOTE_DEFAULTS, NOTE_RANGES } from "./live_objects.mjs";

const MAX_ARRANGEMENT_BEATS = 1576800;

// ---------------------------------------------------------------- helpers

export function idFrom(value) {
  const words = Array.isArray(value) ? value : String(value).split(" ");
  if (words[0] !== "id" || !/^\d+$/.test(String(words[1]))) {
    throw new LiveError(`an object is given as "id N", got ${value}`);
  }
  return Number(words[1]);
}

function objectFrom(live, value, type) {
  const record = live.get(idFrom(value));
  if (record?.type !== type) throw new LiveError(`a ${type} was expected, got ${value}`);
  return record;
}

// ---------------------------------------------------------------- derived properties

export const DERIVED = {
  "Clip.is_audio_clip": (live, clip) => 1 - clip.properties.is_midi_clip,
  "Clip.is_session_clip": (live, clip) => 1 - clip.properties.is_arrangement_clip,
  "Clip.has_groove": (live, clip) => Number(clip.ones.groove !== 0),
  "Clip.length": (live, clip) => live.lengthOf(clip),
  // Where a clip does not loop, its loop properties are its markers.
  "Clip.loop_start": (live, { properties: clip }) =>
    clip.looping ? clip.loop_start : clip.start_marker,
  "Clip.loop_end": (live, { properties: clip }) => (clip.looping ? clip.loop_end : clip.end_marker),
  "Clip.end_time": (live, clip) =>
    clip.properties.end_time ??
    (clip.properties.looping ? clip.properties.loop_end : clip.properties.end_marker),
  "Clip.is_playing": (live, clip) => Number(live.isPlaying(clip)),
  "Clip.playing_position": (live, clip) => live.playingPosition(clip),
  "ClipSlot.has_clip": (live, slot) => Number(slot.ones.clip !== 0),
  "ClipSlot.is_playing": (live, slot) =>
    Number(live.get(slot.parent).properties.playingSlot === slot.id),
  "ClipSlot.controls_other_clips": (live, slot) => slot.properties.is_group_slot,
  "Track.playing_slot_index": (live, track) => {
    const index = track.lists.clip_slots.indexOf(track.properties.playingSlot);
    return index >= 0 ? index : -2;
  },
  "Song.current_song_time": (live) => live.beat,
  "Scene.is_empty": (live, scene) => {
    const row = live.song.lists.scenes.indexOf(scene.id);
    const tracks = live.song.lists.tracks.map((id) => live.get(id));
    return Number(tracks.every((track) => live.clipAt(track, row) === null));
  },
};

const IDENTITY = {
  name: (value) => (typeof value === "string" ? undefined : `a name is a string, got ${value}`),
};

/** What Live refuses to set, as a sentence. */
export const SETTING = {
  "Clip.name": (live, clip, value) => IDENTITY.name(value),
  "TakeLane.name": (live, lane, value) => IDENTITY.name(value),
  "Clip.loop_start": (live, { properties: clip }, value) =>
    value < (clip.looping ? clip.loop_end : clip.end_marker)
      ? undefined
      : `loop_start ${value} is not before the loop's end`,
  "Clip.loop_end": (live, { properties: clip }, value) =>
    value > (clip.looping ? clip.loop_start : clip.start_marker)
      ? undefined
      : `loop_end ${value} is not after the loop's start`,
  "Clip.end_marker": (live, { properties: clip }, value) =>
    value > clip.start_marker ? undefined : `end_marker ${value} is not after the start marker`,
  "Clip.start_marker": (live, { properties: clip }, value) =>
    value < clip.end_marker ? undefined : `start_marker ${value} is not before the end marker`,
  "Song.tempo": (live, song, value) =>
    value >= 20 && value <= 999 ? undefined : `a tempo is 20 to 999, got ${value}`,
};

// ---------------------------------------------------------------- functions

const asJson = (notes) => JSON.stringify({ notes: notes.map(({ curve, ...note }) => note) });

/** Check a note that is to be added, as strictly as Live. */
function checkedNote(note) {
  for (const name of ["pitch", "start_time", "duration"]) {
    if (typeof note[name] !== "number") throw new LiveError(`a new note needs ${name}`);
  }
  for (const [name, value] of Object.entries(note)) {
    const range = NOTE_RANGES[name];
    if (range === undefined) throw new LiveError(`a new note cannot have ${name}`);
    const isIn = typeof value === "number" && value >= range[0] && value <= range[1];
    if (!isIn || (name === "pitch" && !Number.isInteger(value))) {
      throw new LiveError(`a note's ${name} cannot be ${value}`);
    }
  }
  if (note.duration <= 0) throw new LiveError(`a note's duration cannot be ${note.duration}`);
  return note;
}

/** Return the notes with new ones; what sounds on a new note's pitch is cut, as Live does. */
function withNotes(notes, added) {
  const byPitch = new Map(notes.map(({ pitch }) => [pitch, []]));
  for (const note of notes) byPitch.get(note.pitch).push(note);
  for (const note of added) {
    const cut = (byPitch.get(note.pitch) ?? []).flatMap((other) => cutBy(other, note));
    byPitch.set(note.pitch, [...cut, note]);
  }
  return [...byPitch.values()].flat().sort((a, b) => a.start_time - b.start_time);
}

function cutBy(note, added) {
  const end = note.start_time + note.duration;
  const isApart = end <= added.start_time || note.start_time >= added.start_time + added.duration;
  if (isApart) return [note];
  if (note.start_time >= added.start_time) return [];
  return [{ ...note, duration: added.start_time - note.start_time }];
}

function idsFrom(live, clip, ids, what) {
  const list = ids.flat();
  const known = new Set(clip.properties.notes.map((note) => note.note_id));
  const unknown = list.find((id) => !known.has(id));
  if (unknown !== undefined)
    throw new LiveError(`${what}: there is no note ${unknown} in the clip`);
  return new Set(list);
}

function writable(live, clip) {
  if (!clip.properties.is_midi_clip) return "an audio clip has no notes";
  if (live.trackOf(clip).properties.is_frozen) return "the track is frozen";
  return undefined;
}

function refusedSlot(live, slot) {
  const track = live.get(slot.parent);
  if (slot.properties.is_group_slot) return "a group slot holds no clip";
  if (!track.properties.has_midi_input) return "the slot is not in a MIDI track";
  if (track.properties.is_frozen) return "the track is frozen";
  return undefined;
}

/** Return whether a refusal was told. */
function refused(live, problem) {
  if (problem !== undefined) live.refuse(problem);
  return problem !== undefined;
}

/** What the new clip lies on in the arrangement is cut or gone, as in Live. */
function loseUnder(live, parent, start, length) {
  for (const id of parent.lists.arrangement_clips) {
    const { start_time: from, end_time: to, name } = live.get(id).properties;
    if (from < start + length && to > start) live.lost.push(`arrangement clip ${name} at ${from}`);
  }
}

function arrange(live, parent, [start, length]) {
  const track = live.trackOf(parent);
  if (!(length > 0)) throw new LiveError(`a clip's length is above 0, got ${length}`);
  const problem = track.properties.is_frozen
    ? "the track is frozen"
    : !track.properties.has_midi_input
      ? "the track is no MIDI track"
      : start >= 0 && start <= MAX_ARRANGEMENT_BEATS
        ? undefined
        : `a start must be 0 to ${MAX_ARRANGEMENT_BEATS}, got ${start}`;
  if (refused(live, problem)) return undefined;
  return live.write("create_midi_clip", () => {
    loseUnder(live, parent, start, length);
    const clip = live.newClip(parent, {
      start_time: start,
      end_time: start + length,
      is_arrangement_clip: 1,
      is_take_lane_clip: Number(parent.type === "TakeLane"),
      loop_end: length,
    });
    return ["id", clip.id];
  });
}

function notesIn(clip, [pitch, pitches, time, span]) {
  return clip.properties.notes.filter(
    (note) =>
      note.pitch >= pitch &&
      note.pitch < pitch + pitches &&
      note.start_time >= time &&
      note.start_time < time + span,
  );
}

export const FUNCTIONS = {
  "Application.get_major_version": () => 12,
  "Application.get_minor_version": () => 2,
  "Song.begin_undo_step": (live) => live.beginStep(),
  "Song.end_undo_step": (live) => live.endStep(),
  "Song.undo": (live) => live.user.undo(),
  "Song.start_playing": (live, song) => void (song.properties.is_playing = 1),
  "Song.stop_playing": (live, song) => void (song.properties.is_playing = 0),
  "Song.create_scene": (live, song, [index]) => {
    const count = song.lists.scenes.length;
    if (!(index >= -1 && index <= count)) throw new LiveError(`there is no scene ${index}`);
    return live.write("create_scene", () => ["id", live.newScene(index === -1 ? count : index).id]);
  },
  "Track.create_take_lane": (live, track) =>
    live.write("create_take_lane", () => ["id", live.newTakeLane(track).id]),
  "Track.create_midi_clip": arrange,
  "TakeLane.create_midi_clip": arrange,
  "Track.delete_clip": (live, track, [value]) => {
    const clip = objectFrom(live, value, "Clip");
    if (live.trackOf(clip) !== track) throw new LiveError("the clip is in another track");
    live.write("delete_clip", () => live.removeClip(clip));
  },
  "Track.duplicate_clip_slot": (live, track, [index]) => {
    const clip = live.clipAt(track, index);
    if (refused(live, clip === null ? "the slot is empty" : undefined)) return undefined;
    return live.write("duplicate_clip_slot", () => {
      live.newScene(index + 1);
      live.copyOf(clip, live.slot(track, index + 1));
      return index + 1;
    });
  },
  "Track.duplicate_clip_to_arrangement": (live, track, [value, time]) => {
    const clip = objectFrom(live, value, "Clip");
    return live.write("duplicate_clip_to_arrangement", () => {
      if (clip.properties.has_envelopes)
        live.lost.push("track automation under an arrangement copy");
      loseUnder(live, track, time, live.lengthOf(clip));
      const placed = {
        start_time: time,
        end_time: time + live.lengthOf(clip),
        is_arrangement_clip: 1,
      };
      return ["id", live.copyOf(clip, track, placed).id];
    });
  },
  "Track.stop_all_clips": (live, track) => live.stop(track),
  "ClipSlot.create_clip": (live, slot, [length]) => {
    if (!(length > 0)) throw new LiveError(`a clip's length is above 0, got ${length}`);
    const isFull = slot.ones.clip !== 0 ? "the slot has a clip already" : undefined;
    if (refused(live, isFull ?? refusedSlot(live, slot))) return;
    live.write("create_clip", () => live.newClip(slot, { loop_end: length }));
  },
  "ClipSlot.delete_clip": (live, slot) => {
    if (refused(live, slot.ones.clip === 0 ? "the slot is empty" : undefined)) return;
    live.write("delete_clip", () => live.removeClip(live.get(slot.ones.clip)));
  },
  "ClipSlot.duplicate_clip_to": (live, slot, [value]) => {
    const target = objectFrom(live, value, "ClipSlot");
    const clip = live.get(slot.ones.clip);
    if (refused(live, clip === null ? "the slot is empty" : refusedSlot(live, target))) return;
    if (refused(live, slot.properties.is_group_slot ? "a group slot" : undefined)) return;
    live.write("duplicate_clip_to", () => {
      const old = live.get(target.ones.clip);
      if (old !== null) {
        live.lost.push(`the clip ${old.properties.name} under a copy`);
        live.removeClip(old);
      }
      live.copyOf(clip, target);
    });
  },
  "ClipSlot.fire": (live, slot, [, quantization, legato]) => live.launch(slot, quantization, legato),
  "ClipSlot.stop": (live, slot) => live.stop(live.get(slot.parent)),
  "Clip.fire": (live, clip) => live.launch(live.get(clip.parent)),
  "Clip.stop": (live, clip) => live.stop(live.trackOf(clip)),
  "Clip.View.show_loop": () => undefined,
  "Clip.get_notes_extended": (live, clip, values) => asJson(notesIn(clip, values)),
  "Clip.get_all_notes_extended": (live, clip) => asJson(clip.properties.notes),
  "Clip.get_selected_notes_extended": (live, clip) =>
    asJson(clip.properties.notes.filter((note) => clip.properties.selected.includes(note.note_id))),
  "Clip.get_notes_by_id": (live, clip, ids) => {
    const wanted = idsFrom(live, clip, ids, "get_notes_by_id");
    return asJson(clip.properties.notes.filter((note) => wanted.has(note.note_id)));
  },
  "Clip.remove_notes_by_id": (live, clip, ids) => {
    const gone = idsFrom(live, clip, ids, "remove_notes_by_id");
    if (refused(live, writable(live, clip))) return;
    live.write("remove_notes_by_id", () =>
      live.changeNotes(
        clip,
        clip.properties.notes.filter((note) => !gone.has(note.note_id)),
      ),
    );
  },
  "Clip.add_new_notes": (live, clip, [given]) => {
    if (!Array.isArray(given?.notes)) throw new LiveError("add_new_notes takes {notes: [...]}");
    const added = given.notes.map(checkedNote);
    if (refused(live, writable(live, clip))) return [];
    return live.write("add_new_notes", () => {
      const notes = added.map((note) => ({
        ...NOTE_DEFAULTS,
        ...note,
        note_id: live.nextNoteId++,
      }));
      live.changeNotes(clip, withNotes(clip.properties.notes, notes));
      return notes.map((note) => note.note_id);
    });
  },
  "Clip.apply_note_modifications": (live, clip, [given]) => {
    const ids = idsFrom(
      live,
      clip,
      given.notes.map((note) => note.note_id),
      "apply_note_modifications",
    );
    if (refused(live, writable(live, clip))) return;
    const changes = new Map(given.notes.map((note) => [note.note_id, note]));
    live.write("apply_note_modifications", () =>
      live.changeNotes(
        clip,
        clip.properties.notes.map((note) =>
          ids.has(note.note_id) ? { ...note, ...changes.get(note.note_id) } : note,
        ),
      ),
    );
  },
  "Clip.select_notes_by_id": (live, clip, ids) => {
    const wanted = idsFrom(live, clip, ids, "select_notes_by_id");
    live.write("select", () => void (clip.properties.selected = [...wanted]), { undoable: false });
  },
  "Clip.select_all_notes": (live, clip) => {
    const all = clip.properties.notes.map((note) => note.note_id);
    live.write("select", () => void (clip.properties.selected = all), { undoable: false });
  },
  "Clip.deselect_all_notes": (live, clip) =>
    live.write("select", () => void (clip.properties.selected = []), { undoable: false }),
};
