// Reading and writing in the fake Live: undo steps, refusals, notifications.

import { DERIVED, idFrom, SETTING } from "./live_functions.mjs";
import { KINDS, LiveError } from "./live_objects.mjs";
import { LiveSet } from "./live_set.mjs";

/** A Set that remembers what was done to it. */
export class LiveWriting extends LiveSet {
  /**
   * @param {any} settings
   */
  constructor(settings) {
    super(settings);
    this.notifying = 0;
    this.touched = [];
    this.observers = new Set();
    /** @type {{writes: string[], before: any} | null} */
    this.step = null;
    /** @type {{writes: string[], before: any}[]} */
    this.undoSteps = [];
    /** @type {string[]} */
    this.refusals = [];
    /** @type {string[]} what the producer lost without having asked for it */
    this.lost = [];
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
      this.writeAs(`set ${name}`, { undoable: record.type !== "Song.View" }, () => {
        record.ones[name] = idFrom(value);
        this.touch(record, name);
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
    this.writeAs(`set ${name}`, { grouped }, () => this.setProperty(record, name, value));
  }

  setProperty(record, name, value) {
    record.properties[name] = value;
    this.touch(record, name);
  }

  refuse(sentence) {
    this.refusals.push(sentence);
  }

  /** Change something, inside the open undo step or as a step of its own. */
  writeAs(label, { undoable = true, grouped = true }, change) {
    if (this.notifying > 0) {
      throw new LiveError(
        `${label}: Changes cannot be triggered by notifications. You will need to defer your response.`,
      );
    }
    const isInStep = this.step !== null && grouped;
    const before = !undoable || isInStep ? null : this.snapshot();
    const answer = change();
    if (isInStep && undoable) this.step.writes.push(label);
    if (before !== null) this.undoSteps.push({ writes: [label], before });
    this.notify();
    return answer;
  }

  write(label, change, options = {}) {
    return this.writeAs(label, options, change);
  }

  snapshot() {
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

  restore(snapshot) {
    this.objects.clear();
    for (const { record, parent, properties, lists, ones } of snapshot) {
      if (record.type !== "Song.View") Object.assign(record, { parent, properties, lists, ones });
      this.objects.set(record.id, record);
    }
    this.notify();
  }

  beginStep() {
    if (this.notifying > 0) throw new LiveError("begin_undo_step inside a notification");
    if (this.step !== null) throw new LiveError("undo steps do not nest");
    this.step = { writes: [], before: this.snapshot() };
  }

  endStep() {
    if (this.step === null) throw new LiveError("end_undo_step without begin_undo_step");
    if (this.step.writes.length > 0) this.undoSteps.push(this.step);
    this.step = null;
  }

  // ---------------------------------------------------------------- notifications

  touch(record, name) {
    this.touched.push([record, name]);
  }

  notify() {
    const touched = this.touched.splice(0);
    for (const observer of [...this.observers]) {
      const { record, name } = observer;
      if (touched.some(([other, what]) => other === record && what === name)) this.tell(observer);
    }
  }

  tell(observer) {
    if (!this.observers.has(observer) || this.get(observer.record.id) === null) return;
    this.notifying += 1;
    try {
      const value = observer.name === "notes" ? ["bang"] : this.observedValue(observer);
      observer.callback([observer.name, ...value]);
    } finally {
      this.notifying -= 1;
    }
  }

  observedValue({ record, name }) {
    return name === "playing_status" ? [Number(this.isPlaying(record))] : this.read(record, name);
  }

  // ---------------------------------------------------------------- clips

  trackOf(record) {
    return this.ancestors(record).find(({ type }) => type === "Track");
  }

  removeClip(clip) {
    const parent = this.get(clip.parent);
    if (parent.type === "ClipSlot") parent.ones.clip = 0;
    else drop(parent.lists.arrangement_clips, clip.id);
    this.objects.delete(clip.id);
    if (this.view.ones.detail_clip === clip.id) this.view.ones.detail_clip = 0;
    this.touch(this.view, "detail_clip");
    this.touch(parent, parent.type === "ClipSlot" ? "has_clip" : "arrangement_clips");
  }

  newClip(parent, properties) {
    const clip = this.makeClip(parent, properties);
    if (parent.type === "ClipSlot") {
      parent.ones.clip = clip.id;
      this.touch(parent, "has_clip");
    } else {
      parent.lists.arrangement_clips.push(clip.id);
      this.touch(parent, "arrangement_clips");
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
    const scene = this.makeScene();
    this.song.lists.scenes.pop();
    this.song.lists.scenes.splice(index, 0, scene.id);
    for (const track of this.song.lists.tracks.map((id) => this.get(id))) {
      const slot = this.makeSlot(track);
      track.lists.clip_slots.pop();
      track.lists.clip_slots.splice(index, 0, slot.id);
      this.touch(track, "clip_slots");
    }
    this.touch(this.song, "scenes");
    return scene;
  }

  newTakeLane(track) {
    const lane = this.make("TakeLane", track, {
      name: `Take ${track.lists.take_lanes.length + 1}`,
    });
    track.lists.take_lanes.push(lane.id);
    this.touch(track, "take_lanes");
    return lane;
  }

  changeNotes(clip, notes) {
    this.setProperty(clip, "notes", notes);
  }
}

function drop(list, value) {
  const index = list.indexOf(value);
  if (index >= 0) list.splice(index, 1);
}
