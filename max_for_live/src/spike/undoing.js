/**
 * Questions that one Undo answers. Before each of them a clip is made in the third slot, so that an
 * Undo that finds nothing of ours takes that clip back, and nothing of the producer's.
 */
import { NOTE, demand, idOf, number, open } from "./bench.js";

/**
 * @typedef {import("./bench.js").Bench} Bench
 * @typedef {{act: () => void, judge: () => string | void}} Undoing what is done before the Undo, and
 *   what is looked at after it
 */

/** @type {[string, (bench: Bench) => Undoing][]} the function prepares, in a turn of its own */
export const UNDO_QUESTIONS = [
  ["one Undo takes back all of a step", allOfStep],
  ["a take lane and its name are in the step", laneInStep],
  ["selecting notes and showing a clip is no undo step", selecting],
  ["whether launch settings are an undo step", launchSettings],
];

/**
 * @param {Bench} bench
 * @returns {Undoing}
 */
function allOfStep(bench) {
  const copyAndWrite = () => {
    const clip = bench.makeClip(0, [NOTE]);
    bench.slot(0).call("duplicate_clip_to", `id ${idOf(bench.slot(1))}`);
    clip.set("name", "spike");
    clip.set("loop_end", 8);
  };
  return {
    act: () => bench.inStep(copyAndWrite),
    judge: () => {
      demand(bench.isGuarded, "it took back more than the step");
      demand(!bench.isFull(0) && !bench.isFull(1), "a clip of the step is left");
    },
  };
}

/**
 * @param {Bench} bench
 * @returns {Undoing}
 */
function laneInStep(bench) {
  const before = bench.ids("take_lanes").length;
  const makeLane = () => {
    bench.track.call("create_take_lane");
    const [lane] = bench.ids("take_lanes").slice(-1);
    demand(bench.ids("take_lanes").length === before + 1, "no lane was made");
    open(`id ${lane}`).set("name", "Reprise Spike 2");
  };
  return {
    act: () => bench.inStep(makeLane),
    judge: () => {
      demand(bench.isGuarded, "it took back more than the step");
      const count = bench.ids("take_lanes").length;
      demand(count === before, `${count} lanes where ${before} were: only the name was taken back`);
    },
  };
}

/**
 * @param {Bench} bench
 * @returns {Undoing}
 */
function selecting(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  return {
    act: () => {
      clip.call("select_all_notes");
      clip.call("deselect_all_notes");
      bench.view.set("detail_clip", `id ${idOf(clip)}`);
    },
    judge: () => demand(!bench.isGuarded, "Undo had something of that to take back"),
  };
}

/**
 * @param {Bench} bench
 * @returns {Undoing}
 */
function launchSettings(bench) {
  const clip = bench.makeClip(0, [NOTE]);
  const before = number(clip, "legato");
  return {
    act: () => bench.inStep(() => clip.set("legato", 1 - before)),
    judge: () => {
      const isBack = number(clip, "legato") === before;
      demand(isBack === bench.isGuarded, "it took back something else");
      return isBack ? "they are: Next and Previous make entries" : "they are not";
    },
  };
}
