/**
 * What the questions are asked with: the track that the spike stands on, through bare LiveAPI, so
 * that an answer is Live's own and not that of a helper.
 */
/* global LiveAPI */

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

  /** Take away what the questions have made in the first rows. */
  clear() {
    for (const row of [0, 1, 2]) {
      if (number(this.slot(row), "has_clip")) this.slot(row).call("delete_clip");
    }
  }

  /** @returns {boolean} whether the first rows are empty */
  get isFree() {
    return [0, 1, 2].every((row) => !number(this.slot(row), "has_clip"));
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
