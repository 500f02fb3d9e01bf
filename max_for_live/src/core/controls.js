// The device's controls, as Live has them, and what they say in a request.

import { barLength, lengthOf, notesInRegion } from "./bars.js";

/**
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Plain} Plain
 * @typedef {Record<string, number>} Controls by the names of the patch
 */

const LENGTHS = [0, 1, 2, 4, 8, 16, 32];
const CONTEXTS = ["Auto", "Scene", "Playing", "None"];
const SCALES = ["off", "guide", "strict"];
const LOWEST = 0;
const HIGHEST = 127;
const DENSITY_PER_DOUBLING = 50;

/**
 * @param {Controls} controls
 * @returns {string} Auto, Scene, Playing or None
 */
export function contextMenu(controls) {
  return CONTEXTS[controls.context] ?? "Auto";
}

/** What the patch begins with. */
export const INITIAL = {
  change: 35,
  surprise: 50,
  density: 0,
  lowest: LOWEST,
  highest: HIGHEST,
  rhythm: 0,
  pitches: 0,
  scale: 1,
  length: 0,
  count: 4,
  target: 0,
  in_place: 0,
  context: 0,
  seed: 0,
  seed_lock: 0,
};

/**
 * @param {Controls} controls
 * @param {Clip} clip
 * @returns {Plain} `controls` of a request
 */
export function wireControls(controls, clip) {
  const low = Math.round(Math.min(controls.lowest, controls.highest));
  const high = Math.round(Math.max(controls.lowest, controls.highest));
  return {
    surprise: controls.surprise / 100,
    lowest_pitch: low === LOWEST ? null : low,
    highest_pitch: high === HIGHEST ? null : high,
    notes_per_bar: notesPerBar(controls.density, clip),
    scale: SCALES[controls.scale] ?? "guide",
  };
}

/**
 * @param {number} density -100 to 100, 50 being twice as many
 * @param {Clip} clip
 * @returns {number | null} null leaves it to the clip
 */
function notesPerBar(density, clip) {
  const sounding = notesInRegion(clip).filter(({ mute }) => !mute).length;
  if (Math.round(density) === 0 || sounding === 0) {
    return null;
  }
  const bars = Math.max(1, lengthOf(clip) / barLength(clip));
  const wanted = (sounding / bars) * 2 ** (density / DENSITY_PER_DOUBLING);
  return Math.min(256, Math.max(0.01, wanted));
}

/**
 * @param {Controls} controls
 * @param {Clip} clip
 * @returns {number | null} beats to write, null for as long as the clip
 */
export function wantedLength(controls, clip) {
  const bars = LENGTHS[Math.round(controls.length)] ?? 0;
  return bars === 0 ? null : bars * barLength(clip);
}
