// The pads of a track's Drum Rack. Only the topmost Drum Rack of a track has pads; it may lie inside
// an Instrument Rack.

import { byId } from "./live_object.js";

/**
 * @typedef {import("../core/shapes.js").Pad} Pad
 * @typedef {import("./live_object.js").LiveObject} LiveObject
 */

const PADS_AT_A_TIME = 16;

/**
 * @param {number[]} devices ids
 * @yields {void}
 * @returns {Generator<void, Pad[] | null, void>} the filled pads, null where there is no Drum Rack
 */
export function* readPads(devices) {
  for (const id of devices) {
    const device = byId(id);
    if (device === null || !device.flag("can_have_chains")) {
      continue;
    }
    const isRack = device.flag("can_have_drum_pads") && device.flag("has_drum_pads");
    const pads = isRack ? yield* readRack(device) : yield* readChains(device);
    if (pads !== null) {
      return pads;
    }
  }
  return null;
}

/**
 * @param {LiveObject} rack
 * @yields {void}
 * @returns {Generator<void, Pad[] | null, void>}
 */
function* readChains(rack) {
  for (const id of rack.ids("chains")) {
    yield;
    const pads = yield* readPads(byId(id)?.ids("devices") ?? []);
    if (pads !== null) {
      return pads;
    }
  }
  return null;
}

/**
 * @param {LiveObject} rack
 * @yields {void}
 * @returns {Generator<void, Pad[], void>}
 */
function* readRack(rack) {
  const ids = rack.ids("drum_pads");
  const pad = byId(ids[0] ?? 0);
  const pads = [];
  for (const [index, id] of ids.entries()) {
    if (index % PADS_AT_A_TIME === 0) {
      yield;
    }
    if (pad !== null && pad.go(id).count("chains") > 0) {
      pads.push({
        pitch: pad.number("note"),
        name: pad.text("name"),
        isMuted: pad.flag("mute"),
      });
    }
  }
  return pads;
}
