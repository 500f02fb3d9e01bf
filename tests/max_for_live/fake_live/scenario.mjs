// One scenario: what it opens is closed after it, and the Set is judged.

import { test } from "node:test";

import { FakeLive } from "./fake_live.mjs";
import { Stage, bassNotes } from "./stage.mjs";

/**
 * @typedef {object} Tools
 * @property {(live: FakeLive, parent: any, settings?: any) => Promise<Stage>} open drags a device
 *   onto a track
 * @property {(close: () => any) => void} closing what is to be done after the scenario
 * @property {(words: string) => void} tell prints a finding beside the scenario's name
 */

/**
 * @param {string} name
 * @param {(tools: Tools) => Promise<{refusals?: number} | void>} act returns what Live was expected
 *   to refuse
 */
export function scenario(name, act) {
  test(name, async (context) => {
    const closes = [];
    const lives = new Set();
    const closing = (close) => closes.push(close);
    const open = async (live, parent, settings) => {
      lives.add(live);
      const stage = await Stage.open(live, parent, settings);
      closing(() => stage.close());
      // Bold, since answers that are too much alike are left out; the same seed gives the same.
      await stage.set({ change: 70, seed: 11, seed_lock: 1 });
      return stage;
    };
    try {
      const expected = await act({ open, closing, tell: (words) => context.diagnostic(words) });
      for (const live of lives) live.verify(expected ?? {});
    } finally {
      for (const close of closes.reverse()) await close();
    }
  });
}

/** A device that is not waited for, since its server is not there or is another. */
export function openAlone(live, track, serverPorts, closing) {
  const stage = new Stage(live, live.addReprise(track), { serverPorts, pace: 1 });
  closing(() => stage.close());
  live.ready = true;
  stage.max.message("ready");
  return stage;
}

/**
 * @param {any} [clipSettings]
 * @returns {{live: FakeLive, bass: any, clip: any}} a Set with a bass line that is selected
 */
export function bassSet(clipSettings = {}) {
  const live = new FakeLive();
  const bass = live.addTrack({ name: "Bass" });
  const settings = { name: "Bassline", loop_end: 8, notes: bassNotes(8), ...clipSettings };
  const clip = live.addClip(bass, 0, settings);
  live.user.highlight(bass, 0);
  live.user.select(clip);
  return { live, bass, clip };
}

/** Clips that lie below the first row of a track. */
export function clipsBelow(live, track) {
  return track.lists.clip_slots
    .slice(1)
    .map((id) => live.get(live.get(id).ones.clip))
    .filter((clip) => clip !== null);
}
