// The spike device, taken from the built file, against the fake Live: it asks everything, touches
// nothing of the producer's, and its own faults do not pass for answers of Live.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BY_HAND } from "../../max_for_live/src/spike/by_hand.js";
import { QUESTIONS } from "../../max_for_live/src/spike/questions.js";
import { deviceCode } from "./fake_live/device_code.mjs";
import { FakeLive } from "./fake_live/fake_live.mjs";
import { FakeMax } from "./fake_live/fake_max.mjs";

const DEVICE = new URL("../../max_for_live/device/Reprise Spike.amxd", import.meta.url);
const QUESTIONS_THAT_WAIT = 8;
// A busy machine may be slower than Live would be.
const DEPENDS_ON_THE_MACHINE = "5000 notes are written and read";

/**
 * @param {any} [settings] of the fake Live
 * @returns {Promise<{live: FakeLive, max: FakeMax, track: any, slots: any[]}>}
 */
async function spikeOnTrack(settings) {
  const live = new FakeLive(settings);
  const track = live.addTrack();
  const LiveAPI = live.apiFor(live.addReprise(track));
  const max = await FakeMax.open({ code: deviceCode(DEVICE), globals: { LiveAPI }, live });
  return { live, max, track, slots: [0, 1, 2, 3].map((row) => live.slot(track, row)) };
}

/**
 * Do what the pattr does: say again what was saved.
 * @param {FakeMax} max
 */
async function restoreWhatWasSaved(max) {
  const numbers = await max.until(() => max.last("save"), "the state is saved");
  await max.message("state", ...numbers);
}

const words = (max, word) => max.posts.filter((post) => post.includes(`Spike: ${word} `));

test("Run asks every question and leaves the track as it was", async () => {
  const { live, max, slots } = await spikeOnTrack();
  await max.message("set", "amount", 35);
  live.ready = true;
  await max.message("ready");
  await max.message("press", "run");
  await restoreWhatWasSaved(max);
  await max.until(() => max.line.includes("LOOK at"), "the summary");

  const failed = words(max, "FAIL").filter((post) => !post.includes(DEPENDS_ON_THE_MACHINE));
  assert.deepEqual(failed, []);
  const answered = words(max, "PASS").length + words(max, "FAIL").length;
  assert.equal(answered, QUESTIONS.length + QUESTIONS_THAT_WAIT);
  assert.equal(words(max, "LOOK").length, BY_HAND.length);
  assert.deepEqual(
    slots.map((slot) => slot.ones.clip),
    [0, 0, 0, 0],
  );
  live.verify();
  max.close();
});

test("what Live refuses is a FAIL with what was seen", async () => {
  const { live, max } = await spikeOnTrack({ takeLanes: false });
  live.ready = true;
  await max.message("ready");
  await max.message("press", "run");
  await max.until(() => words(max, "FAIL").some((post) => post.includes("take lanes")), "the FAIL");
  max.close();
});

test("a track with clips is not touched", async () => {
  const { live, max, track } = await spikeOnTrack();
  live.addClip(track, 1, { name: "mine" });
  live.ready = true;
  await max.message("ready");
  await max.message("press", "run");

  assert.match(max.line, /must be empty/);
  assert.equal(live.undoSteps.length, 0);
  max.close();
});

test("a press while Live restores the device is a FAIL", async () => {
  const { live, max } = await spikeOnTrack();
  await max.message("press", "run");

  assert.equal(words(max, "FAIL").length, 1);
  assert.equal(live.calls, 0);
  max.close();
});

test("two clips are one undo step, and a copy goes into the slot below", async () => {
  const { live, max, track } = await spikeOnTrack();
  live.ready = true;
  await max.message("ready");
  await max.message("press", "two");
  assert.equal(live.undoSteps.length, 1);

  live.view.ones.highlighted_clip_slot = live.slot(track, 1).id;
  await max.message("press", "copy");
  assert.notEqual(live.slot(track, 2).ones.clip, 0);
  live.verify();
  max.close();
});

test("Switch plays the other clip and puts its launch settings back", async () => {
  const { live, max, track } = await spikeOnTrack();
  live.addClip(track, 0, { name: "one" });
  const other = live.addClip(track, 1, { name: "two", launch_quantization: 5 });
  live.ready = true;
  await max.message("ready");
  live.launch(live.slot(track, 0));
  live.advance(8);
  await max.message("press", "switch");
  await max.until(() => other.properties.launch_quantization === 5, "the setting is back");

  assert.equal(other.properties.legato, 0);
  max.close();
});
