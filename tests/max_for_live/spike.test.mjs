// The spike device, taken from the built file, against the fake Live: it asks everything, touches
// nothing of the producer's, and its own faults do not pass for answers of Live.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BY_HAND } from "../../max_for_live/src/spike/by_hand.js";
import { OBJECT_QUESTIONS } from "../../max_for_live/src/spike/objects.js";
import { QUESTIONS } from "../../max_for_live/src/spike/questions.js";
import { UNDO_QUESTIONS } from "../../max_for_live/src/spike/undoing.js";
import { deviceCode } from "./fake_live/device_code.mjs";
import { FakeLive } from "./fake_live/fake_live.mjs";
import { FakeMax } from "./fake_live/fake_max.mjs";

const DEVICE = new URL("../../max_for_live/device/Reprise Spike.amxd", import.meta.url);
const QUESTIONS_THAT_WAIT = 8;
const ASKED = [...QUESTIONS, ...OBJECT_QUESTIONS, ...UNDO_QUESTIONS].length + QUESTIONS_THAT_WAIT;
// A busy machine may be slower than Live would be.
const DEPENDS_ON_THE_MACHINE = /5000 notes are written and read|200 properties are read/;

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

  const failed = words(max, "FAIL").filter((post) => !DEPENDS_ON_THE_MACHINE.test(post));
  assert.deepEqual(failed, []);
  const answered = words(max, "PASS").length + words(max, "FAIL").length;
  assert.equal(answered, ASKED);
  assert.equal(words(max, "LOOK").length, BY_HAND.length);
  assert.deepEqual(
    slots.map((slot) => slot.ones.clip),
    [0, 0, 0, 0],
  );
  live.verify();
  max.close();
});

test("what Live refuses is a FAIL with what was seen, and everything else is asked", async () => {
  const { live, max } = await spikeOnTrack({ takeLanes: false });
  live.ready = true;
  await max.message("ready");
  await max.message("press", "run");
  await restoreWhatWasSaved(max);
  await max.until(() => max.line.includes("LOOK at"), "the summary");

  const failed = words(max, "FAIL").join("");
  for (const name of ["take lanes", "info lists", "take lane is the lane", "lane and its name"]) {
    assert.ok(failed.includes(name), name);
  }
  assert.equal(words(max, "PASS").length + words(max, "FAIL").length, ASKED);
  max.close();
});

/**
 * What the spike says of a Live that is otherwise than the device believes.
 * @param {(live: FakeLive, track: any) => void} spoil
 * @param {RegExp} expected a FAIL
 */
async function spoiled(spoil, expected) {
  const { live, max, track } = await spikeOnTrack();
  spoil(live, track);
  live.ready = true;
  try {
    await max.message("ready");
    await max.message("press", "run");
    await max.until(() => words(max, "FAIL").some((post) => expected.test(post)), `${expected}`);
  } finally {
    max.close();
  }
}

test("a Live that answers add_new_notes with nothing is found out", () =>
  spoiled((live) => {
    const { write } = live;
    live.write = (label, ...others) => {
      const answer = write.call(live, label, ...others);
      return label === "add_new_notes" ? undefined : answer;
    };
  }, /new notes are answered by their ids: undefined/));

test("a Live that puts the selection into the undo history is found out", () =>
  spoiled((live) => {
    const { write } = live;
    live.write = (label, change, options = {}) =>
      write.call(live, label, change, label === "select" ? {} : options);
  }, /selecting notes and showing a clip is no undo step/));

test("a Live whose Undo takes back a lane's name but not the lane is found out", () =>
  spoiled((live, track) => {
    const { undo } = live.user;
    live.user.undo = () => {
      const lanes = [...track.lists.take_lanes];
      undo();
      track.lists.take_lanes = lanes;
    };
  }, /a take lane and its name are in the step: .* only the name/));

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

  const source = live.clipAt(track, 1);
  live.user.editNotes(source, () => [
    { pitch: 40, start_time: 0, duration: 1, velocity: 90, note_id: 501 },
    { pitch: 41, start_time: 1, duration: 1, velocity: 90, note_id: 502 },
  ]);
  live.view.ones.highlighted_clip_slot = live.slot(track, 1).id;
  await max.message("press", "copy");
  const pitches = live.clipAt(track, 2).properties.notes.map(({ pitch }) => pitch);
  assert.deepEqual(pitches.sort(), [41, 60]);
  assert.equal(source.properties.notes.length, 2);
  live.verify();
  max.close();
});

test("Moved tells whether a dragged clip has the id that it had", async () => {
  const { live, max, track } = await spikeOnTrack();
  live.ready = true;
  await max.message("ready");
  await max.message("press", "moved");
  assert.match(max.line, /Press Two clips/);

  await max.message("press", "two");
  await max.message("press", "moved");
  assert.equal(words(max, "PASS").length, 0);

  const clip = live.clipAt(track, 0);
  live.user.moveClip(clip, track, 2);
  await max.message("press", "moved");
  assert.equal(words(max, "PASS").length, 1);

  live.user.deleteClip(clip);
  await max.message("press", "moved");
  assert.equal(words(max, "FAIL").length, 1);
  max.close();
});

/**
 * Two clips of four beats, the first of them playing since one and a half.
 * @returns {Promise<{live: FakeLive, max: FakeMax, track: any, other: any}>}
 */
async function playingPair() {
  const { live, max, track } = await spikeOnTrack();
  live.addClip(track, 0, { name: "one" });
  const other = live.addClip(track, 1, { name: "two", launch_quantization: 5 });
  live.ready = true;
  await max.message("ready");
  live.user.play(track, 0);
  live.advance(1.5);
  return { live, max, track, other };
}

test("Switch plays the other clip in time and puts its launch settings back", async () => {
  const { live, max, other } = await playingPair();
  await max.message("press", "switch");
  assert.equal(live.playingPosition(other), 1.5);
  await max.until(() => other.properties.launch_quantization === 5, "the setting is back");
  await max.until(() => words(max, "PASS").length === 1, "it plays on");

  assert.equal(other.properties.legato, 0);
  max.close();
});

test("Fire plays the other clip in time and writes nothing", async () => {
  const { live, max, other } = await playingPair();
  const before = live.undoSteps.length;
  await max.message("press", "fire");
  assert.equal(live.playingPosition(other), 1.5);
  await max.until(() => words(max, "PASS").length === 1, "it plays on");

  assert.equal(live.undoSteps.length, before);
  max.close();
});
