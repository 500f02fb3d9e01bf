// A stand-in for Ableton Live's API that is strict where Live is strict.
//
// Two ways to say no, as in Live: misuse (a wrong thread, a name that does not exist, a note_id in
// add_new_notes) throws; a refusal (a full slot, a frozen track) prints to `refusals` and does
// nothing, because Max prints such errors and JavaScript hears nothing of them. `verify()` fails
// on any refusal that a scenario did not expect, on an undo step left open, and on anything that
// the producer lost.

import { liveApi } from "./live_api.mjs";
import { LiveError } from "./live_objects.mjs";
import { LiveWriting } from "./live_writing.mjs";

export { LiveError };

/** One Live Set, its undo history, and what became of it. */
export class FakeLive extends LiveWriting {
  /**
   * @param {{tempo?: number, numerator?: number, denominator?: number, scenes?: number, takeLanes?: boolean, createMidiClip?: boolean}} [settings]
   */
  constructor(settings = {}) {
    super(settings);
    this.ready = false;
    this.thread = "main";
    this.created = 0;
    this.calls = 0;
    this.beat = 0;
    this.pending = [];
    this.missing = new Set();
    if (settings.takeLanes === false) this.missing.add("create_take_lane");
    if (settings.createMidiClip === false) this.missing.add("create_midi_clip");
  }

  // ---------------------------------------------------------------- what the producer does

  user = {
    select: (clip) => this.look({ detail_clip: clip?.id ?? 0 }),
    highlight: (track, scene) =>
      this.look({
        highlighted_clip_slot: this.slot(track, scene).id,
        selected_track: track.id,
        selected_scene: this.song.lists.scenes[scene],
      }),
    selectTrack: (track) => this.look({ selected_track: track.id }),
    selectNotes: (clip, wanted) => {
      const notes = clip.properties.notes.filter(wanted);
      clip.properties.selected = notes.map((note) => note.note_id);
    },
    change: (record, name, value) =>
      this.writeAs("user change", { grouped: false }, () => this.setProperty(record, name, value)),
    deleteClip: (clip) =>
      this.writeAs("user delete", { grouped: false }, () => this.removeClip(clip)),
    deleteTrack: (track) =>
      this.writeAs("user delete track", { grouped: false }, () => {
        this.clipsOf(track).forEach((clip) => this.removeClip(clip));
        this.song.lists.tracks = this.song.lists.tracks.filter((id) => id !== track.id);
        this.objects.delete(track.id);
        this.touch(this.song, "tracks");
      }),
    moveClip: (clip, track, scene) =>
      this.writeAs("user move", { grouped: false }, () => {
        const from = this.get(clip.parent);
        const to = this.slot(track, scene);
        from.ones.clip = 0;
        to.ones.clip = clip.id;
        clip.parent = to.id;
      }),
    editNotes: (clip, edit) =>
      this.writeAs("user edit", { grouped: false }, () =>
        this.setProperty(clip, "notes", edit(clip.properties.notes.map((note) => ({ ...note })))),
      ),
    play: (track, scene) => {
      this.song.properties.is_playing = 1;
      this.launchAt(this.slot(track, scene), { quantization: 1, keepPosition: false });
    },
    undo: () => {
      const step = this.undoSteps.pop();
      if (step === undefined) throw new LiveError("there is nothing to undo");
      this.restore(step.before);
    },
  };

  look(targets) {
    for (const [name, id] of Object.entries(targets)) {
      this.view.ones[name] = id;
      this.touch(this.view, name);
    }
    this.notify();
  }

  /** Save the Set and open it again: every id is another, no observer is left, no undo. */
  reopen() {
    this.verify();
    const renamed = new Map([...this.objects.keys()].map((id, index) => [id, index + 100_001]));
    const renamedId = (id) => renamed.get(id) ?? 0;
    const records = [...this.objects.values()];
    this.objects.clear();
    for (const record of records) {
      record.id = renamedId(record.id);
      record.parent = renamedId(record.parent);
      for (const name of Object.keys(record.lists)) {
        record.lists[name] = record.lists[name].map(renamedId);
      }
      for (const name of Object.keys(record.ones)) record.ones[name] = renamedId(record.ones[name]);
      for (const note of record.properties.notes ?? []) note.note_id += 1_000_000;
      this.objects.set(record.id, record);
    }
    this.nextId = 1_000_001;
    this.nextNoteId += 1_000_000;
    this.undoSteps = [];
    this.observers.clear();
    this.ready = false;
  }

  /** Let the transport run; launches that wait for a bar happen. */
  advance(beats) {
    const until = this.beat + beats;
    for (const launch of this.pending.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)) {
      this.beat = launch.at;
      this.pending.splice(this.pending.indexOf(launch), 1);
      this.startClip(launch.slot, launch.keepPosition);
    }
    this.beat = until;
    this.notify();
  }

  playingPosition(clip) {
    if (!this.isPlaying(clip)) return 0;
    const { loop_start, start_marker, looping } = clip.properties;
    const gone = this.beat - clip.properties.playStart;
    if (!looping) return start_marker + gone;
    return loop_start + modulo(start_marker - loop_start + gone, this.lengthOf(clip));
  }

  // ---------------------------------------------------------------- judging

  /** To be called when a message or a timer of the device has run to its end. */
  endTurn() {
    if (this.step !== null) {
      throw new LiveError(
        `an undo step was left open while waiting; written in it: ${this.step.writes.join(", ")}`,
      );
    }
  }

  /**
   * Fail on what went wrong and nobody expected.
   * @param {{refusals?: number}} [expected]
   */
  verify(expected = {}) {
    this.endTurn();
    if (this.refusals.length !== (expected.refusals ?? 0)) {
      throw new LiveError(`Live refused: ${this.refusals.join("; ") || "nothing"}`);
    }
    if (this.lost.length > 0) throw new LiveError(`lost: ${this.lost.join("; ")}`);
  }

  // ---------------------------------------------------------------- the LiveAPI class

  /**
   * Return the LiveAPI class that the script of one device sees.
   * @param {any} device its record, from addReprise
   */
  apiFor(device) {
    return liveApi(this, device);
  }

  guard(what) {
    if (!this.ready)
      throw new LiveError(`${what}: Live API is not initialized, use live.thisdevice`);
    if (this.thread !== "main") {
      throw new LiveError(
        `${what}: the Live API is for the main thread, this is the ${this.thread}`,
      );
    }
  }

  resolve(path, device) {
    if (typeof path !== "string" || path.includes('"')) {
      throw new LiveError(`a path is an unquoted string, got ${path}`);
    }
    const words = path.trim().split(/\s+/);
    if (words[0] === "id") {
      if (!/^\d+$/.test(words[1] ?? "") || words.length > 2) throw new LiveError(`bad id ${path}`);
      return this.get(Number(words[1]));
    }
    const roots = { live_set: this.song, live_app: this.application, this_device: device };
    let record = roots[words[0]];
    if (record === undefined) throw new LiveError(`a path begins at a root, got ${path}`);
    for (let at = 1; at < words.length && record !== null; at += 1) {
      const word = words[at];
      if (word === "canonical_parent") {
        record = this.get(record.parent);
      } else if (word in record.lists) {
        at += 1;
        if (!/^\d+$/.test(words[at] ?? ""))
          throw new LiveError(`${word} needs a number in ${path}`);
        record = this.get(record.lists[word][Number(words[at])] ?? 0);
      } else if (word in record.ones) {
        record = this.get(record.ones[word]);
      } else {
        throw new LiveError(`${record.type} has no child ${word}, in ${path}`);
      }
    }
    return record;
  }

  // ---------------------------------------------------------------- launching

  isPlaying(clip) {
    const slot = this.get(clip.parent);
    const track = this.trackOf(clip);
    return slot?.type === "ClipSlot" && track.properties.playingSlot === slot.id;
  }

  launchAt(slot, { quantization, keepPosition }) {
    this.pending = this.pending.filter((launch) => launch.slot.parent !== slot.parent);
    const bar =
      (this.song.properties.signature_numerator * 4) / this.song.properties.signature_denominator;
    // 1 is "none"; 0 is "global", which in this Set, as in most, is one bar.
    const isAtOnce = quantization === 1 || !this.song.properties.is_playing;
    this.song.properties.is_playing = 1;
    if (isAtOnce) this.startClip(slot, keepPosition);
    else this.pending.push({ slot, keepPosition, at: Math.ceil(this.beat / bar + 1e-9) * bar });
    this.notify();
  }

  /** Launch by the clip's own settings, or by those that a script gives, where 0 is "none". */
  launch(slot, given, givenLegato = 0) {
    const clip = this.get(slot.ones.clip);
    if (clip === null) {
      this.stop(this.get(slot.parent));
      return;
    }
    const { launch_quantization: own, legato } = clip.properties;
    const quantization = given === undefined ? own : given + 1;
    this.launchAt(slot, { quantization, keepPosition: Boolean(legato || givenLegato) });
  }

  startClip(slot, keepPosition) {
    const track = this.get(slot.parent);
    const clip = this.get(slot.ones.clip);
    const old = this.get(this.get(track.properties.playingSlot)?.ones.clip ?? 0);
    if (clip === null) return;
    clip.properties.playStart =
      keepPosition && old !== null && old !== clip ? old.properties.playStart : this.beat;
    track.properties.playingSlot = slot.id;
    this.touch(track, "playing_slot_index");
    for (const one of [old, clip]) if (one !== null) this.touch(one, "playing_status");
  }

  stop(track) {
    track.properties.playingSlot = 0;
    this.touch(track, "playing_slot_index");
    this.notify();
  }
}

function modulo(value, length) {
  return ((value % length) + length) % length;
}
