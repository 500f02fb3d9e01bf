// What the adapter reads of the fake Live: where other clips stand against the source.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readHeard } from "../../max_for_live/src/adapter/read_context.js";
import { readClipWhereItIs, readTrack } from "../../max_for_live/src/adapter/read_set.js";
import { byId } from "../../max_for_live/src/adapter/live_object.js";
import { contextVoices } from "../../max_for_live/src/core/context.js";
import { FakeLive } from "./fake_live/fake_live.mjs";
import { bassNotes, chordNotes } from "./fake_live/stage.mjs";

/** Run a reading to its end. */
function finished(reading) {
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
  }
}

/** A Set with chords of four bars over a bass of one, and the Live API as the device sees it. */
function twoTracks() {
  const live = new FakeLive();
  const chords = live.addTrack({ name: "Chords" });
  const bass = live.addTrack({ name: "Bass" });
  live.ready = true;
  globalThis.LiveAPI = live.apiFor(live.addReprise(bass));
  return { live, chords, bass };
}

const read = (clip) => readClipWhereItIs(byId(clip.id));

test("what plays is heard where it stands against the source now", () => {
  const { live, chords, bass } = twoTracks();
  live.addClip(chords, 0, { loop_end: 16, notes: chordNotes(4) });
  const source = live.addClip(bass, 0, { loop_end: 4, notes: bassNotes(4) });
  live.user.play(chords, 0);
  live.advance(8);
  live.user.play(bass, 0);
  live.advance(5);

  const heard = finished(readHeard(read(source), "Auto", 4));

  // The source began when the chords were at beat 8 and has gone round once since.
  assert.equal(heard[0].from, 12);
  assert.equal(contextVoices(heard, 4)[0].notes[0].pitch, 51);
});

test("what plays is aligned with a loop that does not start at 0", () => {
  const { live, chords, bass } = twoTracks();
  live.addClip(chords, 0, { loop_start: 16, loop_end: 32, notes: chordNotes(4, 16) });
  const source = live.addClip(bass, 0, { loop_start: 2, loop_end: 6, notes: bassNotes(4, 2) });
  for (const track of [chords, bass]) live.user.play(track, 0);
  live.advance(1);

  assert.equal(finished(readHeard(read(source), "Playing", 4))[0].from, 16);
});

test("of a scene, clips are heard from their start markers", () => {
  const { live, chords, bass } = twoTracks();
  live.addClip(chords, 0, { loop_end: 16, start_marker: 8, notes: chordNotes(4) });
  const source = live.addClip(bass, 0, { loop_end: 4, notes: bassNotes(4) });

  const heard = finished(readHeard(read(source), "Auto", 4));

  assert.equal(heard[0].from, 8);
  assert.equal(contextVoices(heard, 4)[0].notes[0].pitch, 56);
});

test("Playing hears nothing of the scene, Scene nothing of what plays", () => {
  const { live, chords, bass } = twoTracks();
  live.addClip(chords, 0, { loop_end: 16, notes: chordNotes(4) });
  live.addClip(chords, 1, { name: "Playing", loop_end: 16, notes: chordNotes(4) });
  const source = live.addClip(bass, 0, { loop_end: 4, notes: bassNotes(4) });
  assert.equal(finished(readHeard(read(source), "Playing", 4)).length, 0);

  live.user.play(chords, 1);
  assert.equal(finished(readHeard(read(source), "Playing", 4))[0].clip.name, "Playing");
  assert.equal(finished(readHeard(read(source), "Scene", 4))[0].clip.name, "");
});

test("muted clips and empty clips are not heard", () => {
  const { live, chords, bass } = twoTracks();
  const muted = live.addClip(chords, 0, { loop_end: 16, notes: chordNotes(4), muted: 1 });
  const source = live.addClip(bass, 0, { loop_end: 4, notes: bassNotes(4) });
  assert.equal(finished(readHeard(read(source), "Scene", 4)).length, 0);

  live.user.change(muted, "muted", 0);
  assert.equal(finished(readHeard(read(source), "Scene", 4)).length, 1);
  live.user.editNotes(muted, () => []);
  assert.equal(finished(readHeard(read(source), "Scene", 4)).length, 0);
});

test("in the arrangement each clip is heard for as long as it lies there", () => {
  const { live, chords, bass } = twoTracks();
  live.addArrangementClip(chords, 8, { loop_end: 16, notes: chordNotes(4) });
  live.addArrangementClip(chords, 24, { loop_end: 4, notes: chordNotes(1) });
  live.addArrangementClip(chords, 64, { loop_end: 4, notes: chordNotes(1) });
  const source = live.addArrangementClip(bass, 16, { loop_end: 16, notes: bassNotes(16) });

  const heard = finished(readHeard(read(source), "Auto", 16));

  assert.deepEqual(
    heard.map(({ from, since, until }) => [from, since, until]),
    [
      [8, 0, 8],
      [0, 8, 12],
    ],
  );
  assert.deepEqual(
    contextVoices(heard, 16)[0].notes.map(({ start }) => start),
    [0, 0, 0, 4, 4, 4, 8, 8, 8],
  );
});

test("the topmost Drum Rack's filled pads are read, wherever it lies", () => {
  const { live } = twoTracks();
  const kit = live.addTrack({ name: "Kit" });
  const rack = live.addDevice(kit, "InstrumentGroupDevice");
  live.addDrumRack(live.addChain(rack), [
    { note: 60, name: "Boom" },
    { note: 62, name: "Clack", muted: true },
  ]);

  const track = finished(readTrack(byId(kit.id), 2));

  assert.deepEqual(track.pads, [
    { pitch: 60, name: "Boom", isMuted: false },
    { pitch: 62, name: "Clack", isMuted: true },
  ]);
  assert.ok(track.isDrums);
});

test("an instrument that plays MPE is found inside a rack", () => {
  const { live, bass } = twoTracks();
  assert.ok(!finished(readTrack(byId(bass.id), 1)).mayHaveCurves);

  live.addDevice(live.addChain(live.addDevice(bass, "InstrumentGroupDevice")), "Drift");
  assert.ok(finished(readTrack(byId(bass.id), 1)).mayHaveCurves);
});
