// Observers instead of polling. A copy that nobody sees has one observer and does nothing else; one
// that is seen observes the clip it would act on. Live does not tell when notes are selected, so
// the copy that is seen compares the selection once a second.

import { byId, observe, open } from "./live_object.js";
import { DEVICE, SONG, VIEW, idPath } from "./live_path.js";
import { Timer } from "./slices.js";

const SETTLE_MS = 60;
const SELECTION_MS = 1000;
const CLIP_PROPERTIES = [
  ...["notes", "name", "loop_start", "loop_end", "looping", "start_marker", "end_marker"],
  ...["signature_numerator", "signature_denominator", "playing_status"],
];
const SONG_PROPERTIES = ["root_note", "scale_name", "scale_mode", "is_playing"];

/** Tells when what a click would act on has changed. */
export class Watching {
  /**
   * @param {() => void} onChange called a moment later, when Live may be read and written
   */
  constructor(onChange) {
    this.onChange = onChange;
    this.isTouched = false;
    this.clipId = 0;
    this.selection = "";
    /** @type {(() => void)[]} */
    this.stops = [];
    /** @type {(() => void)[]} */
    this.clipStops = [];
    this.settling = new Timer(() => this.look());
    this.comparing = new Timer(() => this.compare());
    this.stopTrack = () => {};
  }

  /** Begin; where that was done before, begin anew. */
  start() {
    this.close();
    this.stopTrack = observe(VIEW, "selected_track", () => this.settle());
    this.settle();
  }

  /** Somebody uses this copy, seen or not: it may be a floating window. */
  touch() {
    if (!this.isTouched) {
      this.isTouched = true;
      this.settle();
    }
  }

  /** Stop everything. */
  close() {
    this.stopTrack();
    this.stopTrack = () => {};
    this.rest();
    this.settling.stop();
  }

  /** Something changed; several changes of one moment are one. */
  settle() {
    this.settling.start(SETTLE_MS);
  }

  /** Look at what is selected now. */
  look() {
    if (!this.isTouched && !isShown()) {
      this.rest();
      return;
    }
    if (this.stops.length === 0) {
      this.stops = [
        observe(VIEW, "detail_clip", () => this.settle()),
        observe(VIEW, "selected_scene", () => this.settle()),
        ...SONG_PROPERTIES.map((property) => observe(SONG, property, () => this.settle())),
      ];
      this.comparing.start(SELECTION_MS);
    }
    this.followClip();
    this.onChange();
  }

  /** Observe the clip in detail view, where it is another one. */
  followClip() {
    const id = open(VIEW)?.ids("detail_clip")[0] ?? 0;
    if (id === this.clipId) {
      return;
    }
    this.stopClip();
    this.clipId = id;
    this.selection = this.readSelection();
    if (byId(id)?.flag("is_midi_clip")) {
      this.clipStops = CLIP_PROPERTIES.map((property) =>
        observe(idPath(id), property, () => this.settle()),
      );
    }
  }

  /** Nobody sees this copy: observe nothing but the selected track. */
  rest() {
    this.stopClip();
    this.stops.splice(0).forEach((stop) => stop());
    this.comparing.stop();
  }

  /** Leave the clip. */
  stopClip() {
    this.clipId = 0;
    this.clipStops.splice(0).forEach((stop) => stop());
  }

  /**
   * @returns {string} which notes are selected, for comparison
   */
  readSelection() {
    const clip = byId(this.clipId);
    return clip?.flag("is_midi_clip") ? String(clip.call("get_selected_notes_extended")) : "";
  }

  /** Compare the selection, and do so again later. */
  compare() {
    this.comparing.start(SELECTION_MS);
    const selection = this.readSelection();
    if (selection !== this.selection) {
      this.selection = selection;
      this.settle();
    }
  }
}

/**
 * @returns {boolean} whether the track of this device is the selected one, so that its devices show
 */
function isShown() {
  let at = open(DEVICE);
  while (at !== null && at.type !== "Track") {
    at = at.child("canonical_parent");
  }
  return at !== null && open(VIEW)?.ids("selected_track")[0] === at.id;
}
