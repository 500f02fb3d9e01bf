// What a producer does with the device: the built device's code, the strict fake Live, the real
// server over real UDP.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeLive } from "./fake_live/fake_live.mjs";
import { Stage, bassNotes, chordNotes } from "./fake_live/stage.mjs";

const opened = [];

/**
 * A scenario; what it opened is closed after it, and the Set is judged.
 * @param {string} name
 * @param {() => Promise<{refusals?: number} | void>} act
 */
function scenario(name, act) {
  test(name, async () => {
    try {
      const expected = await act();
      for (const { live } of opened) live.verify(expected ?? {});
    } finally {
      opened.splice(0).forEach((stage) => stage.close());
    }
  });
}

async function open(live, parent, settings) {
  const stage = await Stage.open(live, parent, settings);
  opened.push(stage);
  return stage;
}

/** A Set with a bass line that is selected. */
function bassSet(settings = {}, clipSettings = {}) {
  const live = new FakeLive(settings);
  const bass = live.addTrack({ name: "Bass" });
  const clip = live.addClip(bass, 0, {
    name: "Bassline",
    loop_end: 8,
    notes: bassNotes(8),
    ...clipSettings,
  });
  live.user.highlight(bass, 0);
  live.user.select(clip);
  return { live, bass, clip };
}

scenario("Vary writes four named clips below in one undo step, the original untouched", async () => {
  const { live, bass, clip } = bassSet();
  const before = live.contents();
  const notes = JSON.stringify(clip.properties.notes);
  const stage = await open(live, bass);
  await stage.set({ count: 4 });
  const line = await stage.click("vary");
  assert.match(line, /^Wrote 4 variations : ?/);
});
