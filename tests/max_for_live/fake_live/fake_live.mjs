// A stand-in for Ableton Live's API that is strict where Live is strict.
//
// Two ways to say no, as in Live: misuse (a wrong thread, a name that does not exist, a note_id in
// add_new_notes) throws; a refusal (a full slot, a frozen track) prints to `refusals` and does
// nothing, because Max prints such errors and JavaScript hears nothing of them. `verify()` fails
// on any refusal that a scenario did not expect, on an undo step left open, and on anything that
// the producer lost.

import { liveApi } from "./live_api.mjs";
import { DERIVED, idFrom, SETTING } from "./live_functions.mjs";
import { CLIP_DEFAULTS, KINDS, LiveError, NOTE_DEFAULTS } from "./live_objects.mjs";

export { LiveError };

/** One Live Set, its undo history, and what became of it. */
export class FakeLive {
  /**
   * @param {{tempo?: number, numerator?: number, denominator?: number, scenes?: number, takeLanes?: boolean, createMidiClip?: boolean}} [settings]
   */
  constructor(settings = {}) {
    this.objects = new Map();
    this.nextId = 1;
    this.nextNoteId = 1;
    this.ready = false;
    this.thread = "main";
    this.notifying = 0;
    /** @type {{writes: string[], before: any} | null} */
    this.step = null;
    /** @type {{writes: string[], before: any}[]} */
    this.undoSteps = [];
    /** @type {string[]} */
    this.refusals = [];
    /** @type {string[]} what the producer lost without having asked for it */
    this.lost = [];
    this.observers = new Set();
    this.pending = [];
    this.created = 0;
    this.calls = 0;
    this.beat = 0;
    this.missing = new Set();
    if (settings.takeLanes === false) this.missing.add("create_take_lane");
    if (settings.createMidiClip === false) this.missing.add("create_midi_clip");

    this.application = this.make("Application", null, {});
    this.song = this.make("Song", null, {
      tempo: settings.tempo ?? 120,
      signature_numerator: settings.numerator ?? 4,
      signature_denominator: settings.denominator ?? 4,
      is_playing: 0,
      root_note: 0,
      scale_name: "Major",
      scale_mode: 0,
      scale_intervals: [0, 2, 4, 5, 7, 9, 11],
      clip_trigger_quantization: 4,
      file_path: "",
      name: "",
    });
    this.view = this.make("Song.View", this.song, {});
    this.song.ones.view = this.view.id;
    this.song.ones.master_track = this.make(
      "Track",
      this.song,
      trackProperties("Main", "audio"),
    ).id;
    for (let scene = 0; scene < (settings.scenes ?? 8); scene += 1) this.#makeScene();
  }

  // ---------------------------------------------------------------- building a Set

  make(type, parent, properties) {
    const record = {
      id: this.nextId,
      type,
      parent: parent === null ? 0 : parent.id,
      properties: { ...properties },
      lists: Object.fromEntries((KINDS[type].lists ?? []).map((name) => [name, []])),
      ones: Object.fromEntries((KINDS[type].ones ?? []).map((name) => [name, 0])),
    };
    this.nextId += 1;
    this.objects.set(record.id, record);
    return record;
  }

  /**
   * Add a track at the end.
   * @param {{name?: string, kind?: "midi" | "audio" | "group", frozen?: boolean, muted?: boolean, mutedViaSolo?: boolean, group?: any}} [settings]
   */
  addTrack(settings = {}) {
    const kind = settings.kind ?? "midi";
    const count = this.song.lists.tracks.length + 1;
    const track = this.make("Track", this.song, {
      ...trackProperties(settings.name ?? `${count}-MIDI`, kind),
      is_frozen: Number(settings.frozen ?? false),
      mute: Number(settings.muted ?? false),
      muted_via_solo: Number(settings.mutedViaSolo ?? false),
      is_grouped: Number(settings.group !== undefined),
    });
    track.ones.group_track = settings.group?.id ?? 0;
    for (const _ of this.song.lists.scenes) this.#makeSlot(track);
    this.song.lists.tracks.push(track.id);
    return track;
  }

  /**
   * Put a clip into a session slot.
   * @param {any} track
   * @param {number} scene
   * @param {any} [settings] Live's own property names; `notes` and `curves` (how many have MPE)
   */
  addClip(track, scene, settings = {}) {
    const slot = this.slot(track, scene);
    const clip = this.#makeClip(slot, settings);
    slot.ones.clip = clip.id;
    return clip;
  }

  addArrangementClip(track, startTime, settings = {}) {
    const properties = { start_time: startTime, is_arrangement_clip: 1, ...settings };
    const clip = this.#makeClip(track, properties);
    clip.properties.end_time ??= startTime + this.lengthOf(clip);
    track.lists.arrangement_clips.push(clip.id);
    return clip;
  }

  addDevice(parent, className, properties = {}) {
    const isRack = className.endsWith("GroupDevice");
    const device = this.make(isRack ? "RackDevice" : "Device", parent, {
      class_name: className,
      name: className,
      type: 1,
      is_active: 1,
      can_have_chains: Number(isRack),
      can_have_drum_pads: Number(className === "DrumGroupDevice"),
      ...(isRack ? { has_drum_pads: 0 } : {}),
      ...properties,
    });
    parent.lists.devices.push(device.id);
    return device;
  }

  addChain(rack, name = "Chain") {
    const chain = this.make("Chain", rack, { name, mute: 0 });
    rack.lists.chains.push(chain.id);
    return chain;
  }

  /**
   * Add a Drum Rack; only a topmost one has pads, as in Live.
   * @param {any} parent a track or a chain
   * @param {{note: number, name: string, muted?: boolean}[]} pads the filled ones
   */
  addDrumRack(parent, pads) {
    const isNested = this.#ancestors(parent).some(
      (record) => record.properties.class_name === "DrumGroupDevice",
    );
    const rack = this.addDevice(parent, "DrumGroupDevice", {
      has_drum_pads: Number(!isNested),
      name: "Drum Rack",
    });
    const filled = new Map(pads.map((pad) => [pad.note, pad]));
    for (let note = 0; !isNested && note < 128; note += 1) {
      const pad = filled.get(note);
      const record = this.make("DrumPad", rack, {
        note,
        name: pad?.name ?? "",
        mute: Number(pad?.muted ?? false),
      });
      rack.lists.drum_pads.push(record.id);
      if (pad !== undefined) record.lists.chains.push(this.addChain(rack, pad.name).id);
    }
    return rack;
  }

  /** Our own device on a track or in a chain; the LiveAPI of its script hangs from it. */
  addReprise(parent) {
    return this.addDevice(parent, "MxDeviceMidiEffect", { name: "Reprise", type: 4 });
  }

  addGroove(name) {
    return this.make("Groove", this.song, { name });
  }

  #makeScene() {
    const scene = this.make("Scene", this.song, { name: "" });
    this.song.lists.scenes.push(scene.id);
    return scene;
  }

  #makeSlot(track) {
    const slot = this.make("ClipSlot", track, {
      is_group_slot: track.properties.is_foldable,
      has_stop_button: 1,
    });
    track.lists.clip_slots.push(slot.id);
    return slot;
  }

  #makeClip(parent, { notes = [], curves = 0, groove = null, ...settings }) {
    const clip = this.make("Clip", parent, { ...CLIP_DEFAULTS, ...settings });
    if (settings.loop_end !== undefined)
      clip.properties.end_marker = settings.end_marker ?? settings.loop_end;
    if (settings.loop_start !== undefined)
      clip.properties.start_marker = settings.start_marker ?? settings.loop_start;
    clip.properties.notes = notes.map((note, index) => ({
      ...NOTE_DEFAULTS,
      ...note,
      note_id: this.nextNoteId++,
      ...(index < curves ? { curve: `mpe ${index}` } : {}),
    }));
    clip.properties.selected = [];
    clip.ones.groove = groove?.id ?? 0;
    clip.ones.view = this.make("Clip.View", clip, {}).id;
    return clip;
  }

  // ---------------------------------------------------------------- looking

  get(id) {
    return this.objects.get(id) ?? null;
  }

  slot(track, scene) {
    return this.get(track.lists.clip_slots[scene]);
  }

  clipAt(track, scene) {
    return this.get(this.slot(track, scene)?.ones.clip ?? 0);
  }

  /** All clips of a track: session, arrangement and take lanes. */
  clipsOf(track) {
    const session = track.lists.clip_slots.map((id) => this.get(this.get(id).ones.clip));
    const lanes = track.lists.take_lanes.flatMap((id) => this.get(id).lists.arrangement_clips);
    const arranged = [...track.lists.arrangement_clips, ...lanes].map((id) => this.get(id));
    return [...session, ...arranged].filter((clip) => clip !== null);
  }

  lengthOf(clip) {
    const { looping, loop_start, loop_end, start_marker, end_marker } = clip.properties;
    return looping ? loop_end - loop_start : end_marker - start_marker;
  }

  /** The undo steps that no user gesture made. */
  get deviceSteps() {
    return this.undoSteps.filter(({ writes }) => !writes[0].startsWith("user"));
  }

  /** Everything that a Set holds, as text, for comparison. */
  contents() {
    const told = [...this.objects.values()]
      .filter((record) => record.type !== "Song.View")
      .map(({ id, type, parent, properties, lists, ones }) => {
        const { selected, playStart, ...saved } = properties;
        return [id, type, parent, saved, lists, ones];
      });
    return JSON.stringify(told);
  }

  #ancestors(record) {
    const found = [];
    for (let at = record; at !== null; at = this.get(at.parent)) found.push(at);
    return found;
  }

  pathOf(record) {
    if (record.type === "Application") return "live_app";
    if (record.type === "Song") return "live_set";
    const parent = this.get(record.parent);
    if (parent === null) return "";
    const base = this.pathOf(parent);
    for (const [name, ids] of Object.entries(parent.lists)) {
      const index = ids.indexOf(record.id);
      if (index >= 0) return `${base} ${name} ${index}`;
    }
    const one = Object.entries(parent.ones).find(([, id]) => id === record.id);
    return one === undefined ? base : `${base} ${one[0]}`;
  }

  // ---------------------------------------------------------------- what the producer does

  user = {
    select: (clip) => this.#look({ detail_clip: clip?.id ?? 0 }),
    highlight: (track, scene) =>
      this.#look({
        highlighted_clip_slot: this.slot(track, scene).id,
        selected_track: track.id,
        selected_scene: this.song.lists.scenes[scene],
      }),
    selectTrack: (track) => this.#look({ selected_track: track.id }),
    selectNotes: (clip, wanted) => {
      const notes = clip.properties.notes.filter(wanted);
      clip.properties.selected = notes.map((note) => note.note_id);
    },
    change: (record, name, value) =>
      this.#write("user change", { grouped: false }, () => this.#setProperty(record, name, value)),
    deleteClip: (clip) =>
      this.#write("user delete", { grouped: false }, () => this.#removeClip(clip)),
    moveClip: (clip, track, scene) =>
      this.#write("user move", { grouped: false }, () => {
        const from = this.get(clip.parent);
        const to = this.slot(track, scene);
        from.ones.clip = 0;
        to.ones.clip = clip.id;
        clip.parent = to.id;
      }),
    editNotes: (clip, edit) =>
      this.#write("user edit", { grouped: false }, () =>
        this.#setProperty(clip, "notes", edit(clip.properties.notes.map((note) => ({ ...note })))),
      ),
    play: (track, scene) => {
      this.song.properties.is_playing = 1;
      this.#launch(this.slot(track, scene), { quantization: 1, keepPosition: false });
    },
    undo: () => {
      const step = this.undoSteps.pop();
      if (step === undefined) throw new LiveError("there is nothing to undo");
      this.#restore(step.before);
    },
  };

  #look(targets) {
    for (const [name, id] of Object.entries(targets)) {
      this.view.ones[name] = id;
      this.#touch(this.view, name);
    }
    this.#notify();
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
      this.#start(launch.slot, launch.keepPosition);
    }
    this.beat = until;
    this.#notify();
  }

  playingPosition(clip) {
    if (!this.#isPlaying(clip)) return 0;
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

  // ---------------------------------------------------------------- reading and writing

  read(record, name) {
    const kind = KINDS[record.type];
    if (name === "canonical_parent") return ["id", record.parent];
    if (name in record.lists) return record.lists[name].flatMap((id) => ["id", id]);
    if (name in record.ones) return ["id", this.get(record.ones[name])?.id ?? 0];
    if (!(kind.read ?? []).includes(name) && !(kind.write ?? []).includes(name)) {
      throw new LiveError(`${record.type} has no property ${name}`);
    }
    const derived = DERIVED[`${record.type}.${name}`];
    const value = derived === undefined ? record.properties[name] : derived(this, record);
    return Array.isArray(value) ? [...value] : [value];
  }

  set(record, name, values) {
    if (!(KINDS[record.type].write ?? []).includes(name)) {
      throw new LiveError(`${record.type}.${name} cannot be set`);
    }
    const value = values.length === 1 ? values[0] : values;
    if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) {
      throw new LiveError(`${name} cannot be ${value}`);
    }
    if (name in record.ones) {
      this.#write(`set ${name}`, { undoable: record.type !== "Song.View" }, () => {
        record.ones[name] = idFrom(value);
        this.#touch(record, name);
      });
      return;
    }
    const problem = SETTING[`${record.type}.${name}`]?.(this, record, value);
    if (problem !== undefined) {
      this.refuse(problem);
      return;
    }
    // Live does not take a track's new name into an open undo step.
    const grouped = record.type !== "Track" && record.type !== "DeviceParameter";
    this.#write(`set ${name}`, { grouped }, () => this.#setProperty(record, name, value));
  }

  #setProperty(record, name, value) {
    record.properties[name] = value;
    this.#touch(record, name);
  }

  refuse(sentence) {
    this.refusals.push(sentence);
  }

  /** Change something, inside the open undo step or as a step of its own. */
  #write(label, { undoable = true, grouped = true }, change) {
    if (this.notifying > 0) {
      throw new LiveError(
        `${label}: Changes cannot be triggered by notifications. You will need to defer your response.`,
      );
    }
    const isInStep = this.step !== null && grouped;
    const before = !undoable || isInStep ? null : this.#snapshot();
    const answer = change();
    if (isInStep && undoable) this.step.writes.push(label);
    if (before !== null) this.undoSteps.push({ writes: [label], before });
    this.#notify();
    return answer;
  }

  write(label, change, options = {}) {
    return this.#write(label, options, change);
  }

  #snapshot() {
    return [...this.objects.values()].map((record) => ({
      record,
      parent: record.parent,
      properties: { ...record.properties },
      lists: Object.fromEntries(
        Object.entries(record.lists).map(([name, ids]) => [name, [...ids]]),
      ),
      ones: { ...record.ones },
    }));
  }

  #restore(snapshot) {
    this.objects.clear();
    for (const { record, parent, properties, lists, ones } of snapshot) {
      if (record.type !== "Song.View") Object.assign(record, { parent, properties, lists, ones });
      this.objects.set(record.id, record);
    }
    this.#notify();
  }

  beginStep() {
    if (this.notifying > 0) throw new LiveError("begin_undo_step inside a notification");
    if (this.step !== null) throw new LiveError("undo steps do not nest");
    this.step = { writes: [], before: this.#snapshot() };
  }

  endStep() {
    if (this.step === null) throw new LiveError("end_undo_step without begin_undo_step");
    if (this.step.writes.length > 0) this.undoSteps.push(this.step);
    this.step = null;
  }

  // ---------------------------------------------------------------- notifications

  #touched = [];

  #touch(record, name) {
    this.#touched.push([record, name]);
  }

  touch(record, name) {
    this.#touch(record, name);
  }

  #notify() {
    const touched = this.#touched.splice(0);
    for (const observer of [...this.observers]) {
      const { record, name } = observer;
      if (touched.some(([other, what]) => other === record && what === name)) this.tell(observer);
    }
  }

  tell(observer) {
    if (!this.observers.has(observer) || this.get(observer.record.id) === null) return;
    this.notifying += 1;
    try {
      const value = observer.name === "notes" ? ["bang"] : this.#observedValue(observer);
      observer.callback([observer.name, ...value]);
    } finally {
      this.notifying -= 1;
    }
  }

  #observedValue({ record, name }) {
    return name === "playing_status" ? [Number(this.#isPlaying(record))] : this.read(record, name);
  }

  // ---------------------------------------------------------------- clips

  trackOf(record) {
    return this.#ancestors(record).find(({ type }) => type === "Track");
  }

  #removeClip(clip) {
    const parent = this.get(clip.parent);
    if (parent.type === "ClipSlot") parent.ones.clip = 0;
    else drop(parent.lists.arrangement_clips, clip.id);
    this.objects.delete(clip.id);
    if (this.view.ones.detail_clip === clip.id) this.view.ones.detail_clip = 0;
    this.#touch(this.view, "detail_clip");
    this.#touch(parent, parent.type === "ClipSlot" ? "has_clip" : "arrangement_clips");
  }

  removeClip(clip) {
    this.#removeClip(clip);
  }

  newClip(parent, properties) {
    const clip = this.#makeClip(parent, properties);
    if (parent.type === "ClipSlot") {
      parent.ones.clip = clip.id;
      this.#touch(parent, "has_clip");
    } else {
      parent.lists.arrangement_clips.push(clip.id);
      this.#touch(parent, "arrangement_clips");
    }
    return clip;
  }

  copyOf(clip, parent, properties = {}) {
    const { notes, ...others } = clip.properties;
    const copy = this.newClip(parent, { ...others, ...properties, selected: [] });
    Object.assign(copy.properties, others, properties, { selected: [] });
    copy.properties.notes = notes.map((note) => ({ ...note, note_id: this.nextNoteId++ }));
    copy.ones.groove = clip.ones.groove;
    return copy;
  }

  newScene(index) {
    const scene = this.#makeScene();
    this.song.lists.scenes.pop();
    this.song.lists.scenes.splice(index, 0, scene.id);
    for (const track of this.song.lists.tracks.map((id) => this.get(id))) {
      const slot = this.#makeSlot(track);
      track.lists.clip_slots.pop();
      track.lists.clip_slots.splice(index, 0, slot.id);
      this.#touch(track, "clip_slots");
    }
    this.#touch(this.song, "scenes");
    return scene;
  }

  newTakeLane(track) {
    const lane = this.make("TakeLane", track, {
      name: `Take ${track.lists.take_lanes.length + 1}`,
    });
    track.lists.take_lanes.push(lane.id);
    this.#touch(track, "take_lanes");
    return lane;
  }

  changeNotes(clip, notes) {
    this.#setProperty(clip, "notes", notes);
  }

  // ---------------------------------------------------------------- launching

  #isPlaying(clip) {
    const slot = this.get(clip.parent);
    const track = this.trackOf(clip);
    return slot?.type === "ClipSlot" && track.properties.playingSlot === slot.id;
  }

  isPlaying(clip) {
    return this.#isPlaying(clip);
  }

  #launch(slot, { quantization, keepPosition }) {
    this.pending = this.pending.filter((launch) => launch.slot.parent !== slot.parent);
    const bar =
      (this.song.properties.signature_numerator * 4) / this.song.properties.signature_denominator;
    // 1 is "none"; 0 is "global", which in this Set, as in most, is one bar.
    const isAtOnce = quantization === 1 || !this.song.properties.is_playing;
    this.song.properties.is_playing = 1;
    if (isAtOnce) this.#start(slot, keepPosition);
    else this.pending.push({ slot, keepPosition, at: Math.ceil(this.beat / bar + 1e-9) * bar });
    this.#notify();
  }

  launch(slot) {
    const clip = this.get(slot.ones.clip);
    if (clip === null) {
      this.#stop(this.get(slot.parent));
      return;
    }
    const { launch_quantization: quantization, legato } = clip.properties;
    this.#launch(slot, { quantization, keepPosition: Boolean(legato) });
  }

  #start(slot, keepPosition) {
    const track = this.get(slot.parent);
    const clip = this.get(slot.ones.clip);
    const old = this.get(this.get(track.properties.playingSlot)?.ones.clip ?? 0);
    if (clip === null) return;
    clip.properties.playStart =
      keepPosition && old !== null && old !== clip ? old.properties.playStart : this.beat;
    track.properties.playingSlot = slot.id;
    this.#touch(track, "playing_slot_index");
    for (const one of [old, clip]) if (one !== null) this.#touch(one, "playing_status");
  }

  #stop(track) {
    track.properties.playingSlot = 0;
    this.#touch(track, "playing_slot_index");
    this.#notify();
  }

  stop(track) {
    this.#stop(track);
  }
}

function trackProperties(name, kind) {
  return {
    name,
    color: 0,
    mute: 0,
    solo: 0,
    muted_via_solo: 0,
    is_visible: 1,
    is_frozen: 0,
    is_grouped: 0,
    is_foldable: Number(kind === "group"),
    has_midi_input: Number(kind === "midi"),
    has_audio_input: Number(kind === "audio"),
    fired_slot_index: -1,
    playingSlot: 0,
  };
}

function modulo(value, length) {
  return ((value % length) + length) % length;
}

function drop(list, value) {
  const index = list.indexOf(value);
  if (index >= 0) list.splice(index, 1);
}
