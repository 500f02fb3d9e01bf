// A Set of the fake Live: its objects as plain records, how tests build them, and what is in it.

import { CLIP_DEFAULTS, KINDS, NOTE_DEFAULTS } from "./live_objects.mjs";

/** Records by id; a record has properties, lists of children and single children. */
export class LiveSet {
  /**
   * @param {{tempo?: number, numerator?: number, denominator?: number, scenes?: number}} settings
   */
  constructor(settings) {
    this.objects = new Map();
    this.nextId = 1;
    this.nextNoteId = 1;
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
    for (let scene = 0; scene < (settings.scenes ?? 8); scene += 1) this.makeScene();
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
    for (const _ of this.song.lists.scenes) this.makeSlot(track);
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
    const clip = this.makeClip(slot, settings);
    slot.ones.clip = clip.id;
    return clip;
  }

  addArrangementClip(track, startTime, settings = {}) {
    const properties = { start_time: startTime, is_arrangement_clip: 1, ...settings };
    const clip = this.makeClip(track, properties);
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
    const isNested = this.ancestors(parent).some(
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

  makeScene() {
    const scene = this.make("Scene", this.song, { name: "" });
    this.song.lists.scenes.push(scene.id);
    return scene;
  }

  makeSlot(track) {
    const slot = this.make("ClipSlot", track, {
      is_group_slot: track.properties.is_foldable,
      has_stop_button: 1,
    });
    track.lists.clip_slots.push(slot.id);
    return slot;
  }

  makeClip(parent, { notes = [], curves = 0, groove = null, ...settings }) {
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

  ancestors(record) {
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
