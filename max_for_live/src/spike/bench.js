/**
 * What the questions are asked with: the track that the spike stands on, through bare LiveAPI, so
 * that an answer is Live's own and not that of a helper.
 */
/* global LiveAPI */

export const NOTE = {
  pitch: 60,
  start_time: 0.25,
  duration: 0.5,
  velocity: 90.5,
  mute: 0,
  probability: 0.5,
  velocity_deviation: 10,
  release_velocity: 30,
};
const ROWS = [0, 1, 2];
const GUARD_ROW = 2;

/**
 * @param {string} path
 * @returns {LiveAPI}
 */
export function open(path) {
  return new LiveAPI(path);
}

/**
 * @param {LiveAPI} api
 * @param {string} name
 * @returns {number}
 */
export function number(api, name) {
  return Number([api.get(name)].flat()[0]);
}

/**
 * @param {LiveAPI} api
 * @returns {number} 0 where the object is gone
 */
export function idOf(api) {
  return Number(String(api.id).replace("id", ""));
}

/**
 * @param {boolean} holds
 * @param {string} otherwise - what was seen instead
 */
export function demand(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

/** A track without clips in its first slots; whatever is made there is taken away again. */
export class Bench {
  constructor() {
    this.song = open("live_set");
    this.view = open("live_set view");
    this.track = ownTrack();
  }

  /**
   * @param {number} row
   * @returns {LiveAPI}
   */
  slot(row) {
    return open(`id ${this.ids("clip_slots")[row]}`);
  }

  /**
   * @param {number} row
   * @returns {LiveAPI}
   */
  clip(row) {
    return open(`id ${childIds(this.slot(row), "clip")[0]}`);
  }

  /**
   * @param {string} list of the track
   * @returns {number[]}
   */
  ids(list) {
    return childIds(this.track, list);
  }

  /**
   * @param {number} row
   * @param {object[]} notes
   * @returns {LiveAPI} a new clip of four beats
   */
  makeClip(row, notes) {
    this.slot(row).call("create_clip", 4);
    const clip = this.clip(row);
    clip.call("add_new_notes", { notes });
    return clip;
  }

  /**
   * @param {() => void} write what is one undo step
   */
  inStep(write) {
    this.song.call("begin_undo_step");
    try {
      write();
    } finally {
      this.song.call("end_undo_step");
    }
  }

  /** Make the clip that an Undo takes back where it finds nothing later. */
  guard() {
    this.slot(GUARD_ROW).call("create_clip", 4);
  }

  /** @returns {boolean} whether that clip is still there */
  get isGuarded() {
    return this.isFull(GUARD_ROW);
  }

  /** Take away what the questions have made in the first rows. */
  clear() {
    for (const row of ROWS) {
      if (this.isFull(row)) this.slot(row).call("delete_clip");
    }
  }

  /**
   * @param {number} row
   * @returns {boolean}
   */
  isFull(row) {
    return number(this.slot(row), "has_clip") === 1;
  }

  /** @returns {boolean} whether the first rows are empty */
  get isFree() {
    return !ROWS.some((row) => this.isFull(row));
  }
}

/**
 * @param {LiveAPI} clip
 * @returns {any[]} all its notes
 */
export function notesOf(clip) {
  return JSON.parse(String(clip.call("get_all_notes_extended"))).notes;
}

/**
 * @param {LiveAPI} api
 * @param {string} list
 * @returns {number[]}
 */
export function childIds(api, list) {
  return [api.get(list)]
    .flat()
    .filter((value) => value !== "id")
    .map(Number);
}

/** @returns {LiveAPI} the track around this device, however deep in racks it is */
function ownTrack() {
  let api = open("this_device");
  while (api.type !== "Track") api = open(`id ${childIds(api, "canonical_parent")[0]}`);
  return api;
}
