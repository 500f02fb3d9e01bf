// What a producer does with the device: the built device's code, the strict fake Live, the real
// server over real UDP.

import assert from "node:assert/strict";

import { FakeLive } from "./fake_live/fake_live.mjs";
import { bassSet, clipsBelow, scenario } from "./fake_live/scenario.mjs";
import { Stage, bassNotes, chordNotes } from "./fake_live/stage.mjs";

const starts = (clip) => clip.properties.notes.map((note) => note.start_time);
const told = ({ pitch, start_time, duration }) => `${pitch} ${start_time} ${duration}`;
const music = (clip) => clip.properties.notes.map(told);
const selected = (clip) =>
  clip.properties.notes.filter(({ note_id }) => clip.properties.selected.includes(note_id));
/** Notes of a result that are note for note in the source. */
const kept = (clip, source) => music(clip).filter((note) => music(source).includes(note));
const inRange = (clip, start, end) =>
  clip.properties.notes.every((note) => note.start_time >= start - 1e-6 && note.start_time < end);

/** A Set of four tracks; chords and drums sound beside the bass in the first scene. */
function bandSet(settings = {}) {
  const live = new FakeLive(settings);
  const chords = live.addTrack({ name: "Chords" });
  const bass = live.addTrack({ name: "Bass" });
  const drums = live.addTrack({ name: "Drums" });
  live.addDrumRack(drums, [
    { note: 36, name: "Kick" },
    { note: 38, name: "Snare" },
    { note: 42, name: "Hat" },
  ]);
  live.addClip(chords, 0, { name: "Pad", loop_end: 16, notes: chordNotes(4) });
  const clip = live.addClip(bass, 0, { name: "Bassline", loop_end: 16, notes: bassNotes(16) });
  live.addClip(drums, 0, { name: "Beat", loop_end: 4, notes: drumNotes(1) });
  live.user.highlight(bass, 0);
  live.user.select(clip);
  return { live, chords, bass, drums, clip };
}

function drumNotes(bars, pitches = [36, 38, 42]) {
  const [kick, snare, hat] = pitches;
  return Array.from({ length: bars * 8 }, (_, step) => [
    { pitch: hat, start_time: step / 2, duration: 0.25, velocity: 70 },
    ...(step % 4 === 0 ? [{ pitch: kick, start_time: step / 2, duration: 0.25 }] : []),
    ...(step % 4 === 2 ? [{ pitch: snare, start_time: step / 2, duration: 0.25 }] : []),
  ]).flat();
}

// ---------------------------------------------------------------- actions

scenario(
  "vary: four named clips below, one undo step, the original untouched",
  async ({ open }) => {
    const { live, bass, clip } = bassSet();
    const stage = await open(live, bass);
    const before = live.contents();

    const line = await stage.click("vary");

    const made = clipsBelow(live, bass);
    assert.equal(made.length, 4);
    assert.match(line, /^Wrote 4 variations: scenes 2 to 5 · \d+ new notes/);
    assert.equal(live.deviceSteps.length, 1);
    made.forEach((one, index) => {
      assert.match(one.properties.name, new RegExp(`^v${index + 1} Bassline #[0-9A-Z]{4}$`));
      assert.notDeepEqual(music(one), music(clip));
      assert.ok(selected(one).length > 0);
    });
    live.user.undo();
    assert.ok(live.contents() === before, "one undo takes all of it back");
  },
);

scenario("vary: only the selected notes change", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  live.user.selectNotes(clip, (note) => note.start_time < 2);
  const stage = await open(live, bass);
  await stage.set({ count: 2, change: 80 });

  await stage.click("vary");

  for (const made of clipsBelow(live, bass)) {
    const late = clip.properties.notes.filter((note) => note.start_time >= 2).map(told);
    assert.deepEqual(
      music(made).filter((note) => late.includes(note)),
      late,
    );
    assert.ok(selected(made).every((note) => note.start_time < 2));
  }
});

scenario("vary: one selected note is no selection", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  live.user.selectNotes(clip, (note) => note.start_time === 0);
  const stage = await open(live, bass);

  await stage.max.until(() => /^Vary 16 notes/.test(stage.line), "the preview of all notes");
});

scenario("vary: only the marked bars change", async ({ open }) => {
  const { live, bass, clip } = bandSet();
  const stage = await open(live, bass);
  await stage.max.until(() => /^Vary 32 notes/.test(stage.line), "the preview");
  await stage.max.message("bars", 0, 0);
  await stage.max.message("bars", 1, 0);
  await stage.max.until(() => /^Vary 16 notes · bars 3 to 4/.test(stage.line), "the marked bars");
  await stage.set({ count: 1, change: 80 });

  await stage.click("vary");

  const [made] = clipsBelow(live, bass);
  const early = clip.properties.notes.filter((note) => note.start_time < 8).map(told);
  assert.deepEqual(
    music(made).filter((note) => early.includes(note)),
    early,
  );
  assert.ok(selected(made).every((note) => note.start_time >= 8));
});

scenario("vary: no bar marked is a sentence", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.max.until(() => /^Vary/.test(stage.line), "the preview");
  await stage.max.message("bars", 0, 0);
  await stage.max.message("bars", 1, 0);

  assert.match(await stage.click("vary"), /^No bar is marked/);
  assert.equal(live.deviceSteps.length, 0);
});

scenario("vary: the line says what will happen before the click", async ({ open }) => {
  const { live, bass } = bandSet();
  const stage = await open(live, bass);
  await stage.max.until(() => /^Vary 32 notes/.test(stage.line), "the preview");

  const said =
    "Vary 32 notes · bars 1 to 4 · hearing Chords · Drums · C minor (found) · clip Bassline";
  assert.equal(stage.line, said);
});

scenario("vary: Live's own scale is named where it is on", async ({ open }) => {
  const { live, bass } = bassSet();
  live.user.change(live.song, "scale_mode", 1);
  live.user.change(live.song, "root_note", 5);
  live.user.change(live.song, "scale_intervals", [0, 2, 3, 5, 7, 8, 10]);
  const stage = await open(live, bass);

  await stage.max.until(() => / · F minor · clip/.test(stage.line), "F minor");
});

scenario("continue: new bars only, as long as the clip", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  const line = await stage.click("continue");

  const [made] = clipsBelow(live, bass);
  assert.match(line, /^Wrote 1 continuation/);
  assert.match(made.properties.name, /^c1 Bassline/);
  assert.equal(made.properties.loop_end - made.properties.loop_start, 8);
  assert.ok(inRange(made, 0, 8));
  assert.equal(live.deviceSteps.length, 1);
});

scenario("continue: the original and the new bars", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1, target: 1, length: 2 });

  await stage.click("continue");

  const [made] = clipsBelow(live, bass);
  assert.equal(made.properties.loop_end, 16);
  assert.equal(made.properties.end_marker, 16);
  assert.equal(kept(made, clip).length, 16);
  assert.ok(selected(made).every((note) => note.start_time >= 8));
});

scenario("continue: Length says how many bars", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1, length: 3 });

  await stage.click("continue");

  const [made] = clipsBelow(live, bass);
  assert.equal(made.properties.loop_end - made.properties.loop_start, 16);
});

scenario("refill: the top of chords, all else stays", async ({ open }) => {
  const { live, chords } = bandSet();
  const clip = live.clipAt(chords, 0);
  live.user.select(clip);
  const stage = await open(live, chords);
  await stage.choose("part", (row) => row === "Top");
  await stage.set({ count: 1 });

  await stage.click("refill");

  const [made] = clipsBelow(live, chords);
  assert.match(made.properties.name, /^r1 Pad/);
  const others = clip.properties.notes.filter((_, index) => index % 3 !== 2).map(told);
  assert.deepEqual(
    kept(made, clip).filter((note) => others.includes(note)),
    others,
  );
});

scenario("refill: one pad of a drum rack, the others play on", async ({ open }) => {
  const { live, drums } = bandSet();
  const clip = live.clipAt(drums, 0);
  live.user.select(clip);
  const stage = await open(live, drums);
  await stage.choose("part", (row) => row === "Snare");
  await stage.set({ count: 1 });

  await stage.click("refill");

  const [made] = clipsBelow(live, drums);
  const others = clip.properties.notes.filter(({ pitch }) => pitch !== 38).map(told);
  assert.deepEqual(
    kept(made, clip).filter((note) => others.includes(note)),
    others,
  );
  assert.ok(selected(made).every(({ pitch }) => pitch === 38));
});

scenario("refill: in place only the refilled notes go", async ({ open }) => {
  const { live, bass, clip } = bassSet({ curves: 16 });
  live.user.selectNotes(clip, (note) => note.start_time >= 6);
  const stage = await open(live, bass);
  await stage.set({ in_place: 1 });

  const line = await stage.click("refill");

  assert.match(line, /in the clip itself/);
  assert.equal(clipsBelow(live, bass).length, 0);
  const early = clip.properties.notes.filter((note) => note.start_time < 6);
  assert.equal(early.length, 12);
  assert.ok(early.every(({ curve }) => curve !== undefined));
  assert.equal(live.deviceSteps.length, 1);
});

scenario("rewrite: all anew", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("redo"), /^Wrote 1 rewrite/);
  assert.match(clipsBelow(live, bass)[0].properties.name, /^w1 Bassline/);
});

scenario("accompany: a new clip on the next MIDI track, in a row of its own", async ({ open }) => {
  const { live, bass, drums } = bandSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  const line = await stage.click("accompany");

  assert.match(line, /^Wrote 1 new part: scene 2 of Drums/);
  const [made] = clipsBelow(live, drums);
  assert.match(made.properties.name, /^a1 Drums/);
  assert.equal(made.properties.loop_end, 16);
  assert.ok(made.properties.notes.length > 0);
});

scenario("accompany: where no MIDI track follows, beside the clip", async ({ open }) => {
  const { live, bass } = bassSet();
  live.addTrack({ name: "Vox", kind: "audio" });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("accompany"), /scene 2 of Bass/);
});

scenario("empty slot: a part for what plays lands in the slot", async ({ open }) => {
  const { live, chords, bass } = bandSet();
  live.addDevice(bass, "Drift");
  live.user.deleteClip(live.clipAt(bass, 0));
  live.user.play(chords, 0);
  live.user.highlight(bass, 3);
  live.user.select(null);
  const stage = await open(live, bass);
  await stage.max.until(() => /^A new part for Bass/.test(stage.line), "the offer");
  await stage.set({ count: 1 });

  const line = await stage.click("vary");

  assert.match(line, /^Wrote 1 new part: the selected slot of Bass/);
  const made = live.clipAt(bass, 3);
  assert.equal(made.properties.loop_end, 16);
  assert.ok(made.properties.notes.length > 0);
});

scenario("empty slot: nothing to hear is a sentence", async ({ open }) => {
  const live = new FakeLive();
  const bass = live.addTrack({ name: "Bass" });
  live.user.highlight(bass, 2);
  const stage = await open(live, bass);

  assert.match(await stage.click("vary"), /^Nothing plays and the scene is empty/);
  assert.equal(live.deviceSteps.length, 0);
});

scenario("empty clip: it is written against what plays", async ({ open }) => {
  const { live, bass, clip } = bandSet();
  live.user.editNotes(clip, () => []);
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  const line = await stage.click("vary");

  assert.match(line, /^Wrote 1 refill/);
  assert.ok(clipsBelow(live, bass)[0].properties.notes.length > 0);
});

scenario("morph: between the clip and the one below", async ({ open }) => {
  const { live, bass } = bassSet();
  live.addClip(bass, 2, {
    name: "Other",
    loop_end: 8,
    notes: bassNotes(8).map((note) => ({ ...note, pitch: note.pitch + 5 })),
  });
  const stage = await open(live, bass);
  await stage.set({ count: 2, change: 50 });

  assert.match(await stage.click("morph"), /^Wrote [12] morphs?: scene/);
  assert.match(live.clipAt(bass, 1).properties.name, /^m1 Bassline/);
  assert.equal(live.clipAt(bass, 2).properties.name, "Other");
});

scenario("morph: without a second clip a sentence", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);

  assert.match(await stage.click("morph"), /^Morph needs a second clip/);
});

scenario("develop: a longer clip of new bars", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("develop"), /^Wrote 1 development/);
  const [made] = clipsBelow(live, bass);
  assert.equal(made.properties.loop_end - made.properties.loop_start, 32);
  assert.ok(inRange(made, 0, 32));
});

// ---------------------------------------------------------------- controls

scenario("seed: behind its lock it gives the same notes", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1, seed: 77, seed_lock: 1 });

  await stage.click("vary");
  await stage.click("vary");

  const [first, second] = clipsBelow(live, bass);
  assert.deepEqual(music(second), music(first));
});

scenario("seed: locking it takes the seed of what was written last", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1, seed_lock: 0 });
  await stage.click("vary");
  await stage.set({ seed_lock: 1 });

  const [name, seed] = stage.max.last("value");
  assert.equal(name, "seed");
  assert.ok(seed > 0);
});

scenario("range: no new note leaves it", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 2, change: 100, lowest: 40, highest: 60 });

  await stage.click("redo");

  for (const made of clipsBelow(live, bass)) {
    assert.ok(selected(made).every(({ pitch }) => pitch >= 40 && pitch <= 60));
  }
});

scenario("keep rhythm: new notes start where the old ones did", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1, change: 80, rhythm: 1 });

  await stage.click("vary");

  assert.deepEqual(starts(clipsBelow(live, bass)[0]), starts(clip));
});

scenario("controls: automation never fires an action", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  for (let value = 0; value <= 100; value += 10) {
    await stage.set({ change: value, surprise: value, count: 1 + (value % 16) });
  }

  assert.equal(stage.max.last("busy")[0], -1);
  assert.equal(live.deviceSteps.length, 0);
});

// ---------------------------------------------------------------- context

scenario("context: what plays with the clip is heard, in phase", async ({ open }) => {
  const { live, chords, bass, drums } = bandSet();
  live.addClip(drums, 4, { name: "Other beat", loop_end: 4, notes: drumNotes(1) });
  for (const track of [chords, bass]) live.user.play(track, 0);
  live.advance(6);
  const stage = await open(live, bass);

  await stage.max.until(() => /hearing Chords · /.test(stage.line), "the chords alone");
  assert.doesNotMatch(stage.line, /Drums/);
});

scenario("context: muted tracks are left out", async ({ open }) => {
  const { live, drums, bass } = bandSet();
  live.user.change(drums, "mute", 1);
  const stage = await open(live, bass);

  await stage.max.until(() => /hearing Chords ·/.test(stage.line), "the chords");
  assert.doesNotMatch(stage.line, /Drums/);
});

scenario("context: None hears nothing", async ({ open }) => {
  const { live, bass } = bandSet();
  const stage = await open(live, bass);
  await stage.set({ context: 3 });

  await stage.max.until(() => /^Vary/.test(stage.line) && !/hearing/.test(stage.line), "silence");
});

scenario("context: the nearest eight of twelve", async ({ open }) => {
  const live = new FakeLive();
  const tracks = Array.from({ length: 12 }, (_, index) => live.addTrack({ name: `T${index}` }));
  for (const track of tracks) live.addClip(track, 0, { loop_end: 8, notes: bassNotes(8) });
  live.user.highlight(tracks[0], 0);
  live.user.select(live.clipAt(tracks[0], 0));
  const stage = await open(live, tracks[0]);

  await stage.max.until(() => /hearing T1 · T2 · T3 · T4 and 4 more/.test(stage.line), "eight");
});

// ---------------------------------------------------------------- landing

scenario("landing: never in a row where another track has a clip", async ({ open }) => {
  const { live, bass } = bassSet();
  const lead = live.addTrack({ name: "Lead" });
  const vox = live.addTrack({ name: "Vox", kind: "audio" });
  for (const row of [1, 3]) live.addClip(lead, row, { name: "Lead" });
  live.addClip(vox, 4, { name: "Take", is_midi_clip: 0 });
  const stage = await open(live, bass);
  await stage.set({ count: 3 });

  assert.match(await stage.click("vary"), /scenes 3 6 7/);
  assert.ok([2, 5, 6].every((row) => live.clipAt(bass, row) !== null));
});

scenario("landing: a wait is two undo steps at most, what is complete first", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 4 });
  const release = stage.hold(
    (address, atoms) => address.endsWith("/result/reply") && atoms[5] >= 2,
  );

  await stage.start("vary");
  await stage.max.until(() => clipsBelow(live, bass).length === 2, "the first two");
  assert.equal(live.deviceSteps.length, 1);
  release();
  await stage.finished();

  assert.equal(clipsBelow(live, bass).length, 4);
  assert.equal(live.deviceSteps.length, 2);
});

scenario("landing: results of results are named after the original", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1 });
  await stage.click("vary");
  const [first] = clipsBelow(live, bass);
  live.user.select(first);

  await stage.click("continue");

  assert.match(clipsBelow(live, bass)[1].properties.name, /^c1 Bassline #[0-9A-Z]{4}$/);
});

scenario(
  "landing: where Live cannot copy the clip it is made anew, and the line says so",
  async ({ open }) => {
    const { live, bass, clip } = bassSet({ has_envelopes: 1 });
    live.missing.add("duplicate_clip_to");
    const stage = await open(live, bass);
    await stage.set({ count: 1, change: 15, seed: 7, seed_lock: 1 });

    const line = await stage.click("vary");

    assert.match(line, /made anew: groove · envelopes and launch settings are not in it/);
    const [made] = clipsBelow(live, bass);
    assert.equal(made.properties.loop_end, clip.properties.loop_end);
    assert.ok(kept(made, clip).length > 0);
    return { refusals: 1 };
  },
);

// ---------------------------------------------------------------- arrangement

/** A Set with a bass clip in the arrangement. */
function arrangedSet(settings = {}, clipSettings = {}) {
  const live = new FakeLive(settings);
  const chords = live.addTrack({ name: "Chords" });
  const bass = live.addTrack({ name: "Bass" });
  live.addArrangementClip(chords, 0, { name: "Pad", loop_end: 32, notes: chordNotes(8) });
  const clip = live.addArrangementClip(bass, 16, {
    ...{ name: "Bassline", loop_end: 8, notes: bassNotes(8) },
    ...clipSettings,
  });
  live.user.selectTrack(bass);
  live.user.select(clip);
  return { live, chords, bass, clip };
}

const lanes = (live, track) => track.lists.take_lanes.map((id) => live.get(id));
const clipsIn = (live, home) => home.lists.arrangement_clips.map((id) => live.get(id));

scenario("arrangement: results are take lanes of the same track", async ({ open }) => {
  const { live, bass } = arrangedSet();
  const stage = await open(live, bass);
  await stage.max.until(() => /hearing Chords/.test(stage.line), "what overlaps");
  await stage.set({ count: 2 });

  const line = await stage.click("vary");

  assert.match(line, /take lane Reprise 1 · take lane Reprise 2/);
  assert.deepEqual(
    lanes(live, bass).map((lane) => lane.properties.name),
    ["Reprise 1", "Reprise 2"],
  );
  const [made] = clipsIn(live, lanes(live, bass)[0]);
  assert.equal(made.properties.start_time, 16);
  assert.equal(made.properties.end_time, 24);
  assert.ok(made.properties.notes.length > 0 && inRange(made, 0, 8));
  assert.equal(live.deviceSteps.length, 1);
});

scenario("arrangement: lanes are used again elsewhere in the song", async ({ open }) => {
  const { live, bass } = arrangedSet();
  const later = live.addArrangementClip(bass, 40, {
    name: "Later",
    loop_end: 8,
    notes: bassNotes(8),
  });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });
  await stage.click("vary");
  live.user.select(later);

  await stage.click("vary");

  assert.equal(lanes(live, bass).length, 1);
  assert.equal(clipsIn(live, lanes(live, bass)[0]).length, 2);
});

scenario("arrangement: a continuation goes right behind the clip", async ({ open }) => {
  const { live, bass } = arrangedSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("continue"), /right behind the clip/);
  const made = clipsIn(live, bass)[1];
  assert.deepEqual([made.properties.start_time, made.properties.end_time], [24, 32]);
  assert.ok(inRange(made, 0, 8));
});

scenario("arrangement: the original and the new bars are one take", async ({ open }) => {
  const { live, bass, clip } = arrangedSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1, target: 1 });

  assert.match(await stage.click("continue"), /take lane Reprise 1/);
  const [made] = clipsIn(live, lanes(live, bass)[0]);
  assert.deepEqual([made.properties.start_time, made.properties.end_time], [16, 32]);
  assert.equal(kept(made, clip).length, 16);
  assert.ok(made.properties.notes.some((note) => note.start_time >= 8));
});

scenario("arrangement: where the room behind is taken, a lane", async ({ open }) => {
  const { live, bass } = arrangedSet();
  live.addArrangementClip(bass, 28, { name: "Next", loop_end: 8 });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("continue"), /take lane Reprise 1/);
  assert.equal(clipsIn(live, lanes(live, bass)[0])[0].properties.start_time, 24);
});

scenario("arrangement: a Live without take lanes gets session clips", async ({ open }) => {
  const { live, bass } = arrangedSet({ takeLanes: false, createMidiClip: false });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("vary"), /scene 1/);
  assert.ok(live.clipAt(bass, 0).properties.notes.length > 0);
});

scenario("arrangement: a looped clip's result fills the whole stretch", async ({ open }) => {
  const { live, bass } = arrangedSet({}, { end_time: 40 });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  await stage.click("vary");

  const [made] = clipsIn(live, lanes(live, bass)[0]);
  assert.equal(made.properties.end_time, 40);
  assert.ok(made.properties.notes.some((note) => note.start_time >= 16));
  assert.equal(made.properties.notes.length % 3, 0);
});

scenario("arrangement: envelopes are never copied into it", async ({ open }) => {
  const { live, bass } = arrangedSet({}, { has_envelopes: 1 });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("vary"), /made anew: groove · envelopes/);
});

scenario("arrangement: accompany beside the clip on the next track", async ({ open }) => {
  const { live, bass } = arrangedSet();
  const lead = live.addTrack({ name: "Lead" });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("accompany"), /beside it in Lead/);
  const [made] = clipsIn(live, lead);
  assert.deepEqual([made.properties.start_time, made.properties.end_time], [16, 24]);
});

scenario("arrangement: refill in place leaves the clip where it is", async ({ open }) => {
  const { live, bass, clip } = arrangedSet();
  live.user.selectNotes(clip, (note) => note.start_time >= 6);
  const early = clip.properties.notes.filter((note) => note.start_time < 6).map(told);
  const stage = await open(live, bass);
  await stage.set({ in_place: 1 });

  assert.match(await stage.click("refill"), /in the clip itself/);
  assert.deepEqual(
    music(clip).filter((note) => early.includes(note)),
    early,
  );
  assert.equal(lanes(live, bass).length, 0);
});

// ---------------------------------------------------------------- the device itself

scenario("device: nothing of Live is used before live.thisdevice", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);

  assert.ok(live.created > 0);
  stage.close();
  assert.equal(live.observers.size, 0);
});

scenario("device: what Live restores before live.thisdevice touches nothing", async (tools) => {
  const { live, bass } = bassSet();
  const stage = new Stage(live, live.addReprise(bass), {});
  tools.closing(() => stage.close());
  await stage.set({ context: 3, count: 2, seed_lock: 1, seed: 5 });
  await stage.max.message("bars", 0, 0);
  await stage.max.message("press", "vary");
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(live.created, 0);

  await stage.load();
  await stage.click("vary");

  assert.equal(clipsBelow(live, bass).length, 2);
});

scenario("again: a clip that is no result is asked about itself", async ({ open }) => {
  const { live, bass } = bassSet();
  const other = live.addClip(bass, 7, { name: "Other", loop_end: 8, notes: bassNotes(8) });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });
  await stage.click("vary");
  await stage.max.message("press", "next");
  live.user.select(other);

  await stage.click("again");

  assert.match(live.clipAt(bass, 8).properties.name, /^v1 Other/);
});

scenario("Set re-opened: Again is on the original, by the verb of the result", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ count: 1 });
  await stage.click("continue");
  const saved = stage.max.last("save");
  stage.close();
  live.reopen();
  const again = await open(live, bass, { state: saved });
  await again.set({ count: 1 });
  live.user.highlight(bass, 1);
  live.user.select(live.clipAt(bass, 1));

  await again.click("again");

  assert.match(live.clipAt(bass, 2).properties.name, /^c1 Bassline #/);
});

scenario("device: a copy that nobody sees has one observer and calls nothing", async ({ open }) => {
  const { live, bass } = bassSet();
  const other = live.addTrack({ name: "Other" });
  live.user.selectTrack(other);
  const stage = await open(live, bass, { engine: "Auto" });
  await new Promise((resolve) => setTimeout(resolve, 150));
  const calls = live.calls;
  await new Promise((resolve) => setTimeout(resolve, 300));

  assert.equal(live.observers.size, 1);
  assert.equal(live.calls, calls);
  stage.close();
});

scenario("device: the chosen model is saved with the Set", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  const saved = stage.max.last("save");
  const again = await open(live, bass, { engine: "Auto", state: saved });

  const row = await again.max.until(() => {
    const set = again.max
      .all("menu")
      .filter(([menu, action]) => menu === "model" && action === "set");
    return set.at(-1)?.[2];
  }, "the model's row");
  assert.match(again.rows("model")[row], /^From the Clip/);
});

// ---------------------------------------------------------------- bad input

scenario("no clip", async ({ open }) => {
  const live = new FakeLive();
  const bass = live.addTrack({ name: "Bass" });
  live.user.selectTrack(bass);
  const stage = await open(live, bass);

  assert.match(await stage.click("vary"), /^Select a MIDI clip or an empty slot/);
  assert.equal(live.deviceSteps.length, 0);
});

scenario("audio clip", async ({ open }) => {
  const live = new FakeLive();
  const vox = live.addTrack({ name: "Vox", kind: "audio" });
  const bass = live.addTrack({ name: "Bass" });
  const clip = live.addClip(vox, 0, { name: "Take 3", is_midi_clip: 0 });
  live.user.highlight(vox, 0);
  live.user.select(clip);
  const stage = await open(live, bass);

  assert.match(await stage.click("vary"), /^Take 3 is an audio clip/);
});

scenario("group slot", async ({ open }) => {
  const live = new FakeLive();
  const group = live.addTrack({ name: "Group", kind: "group" });
  const bass = live.addTrack({ name: "Bass", group });
  live.user.highlight(group, 1);
  const stage = await open(live, bass);

  assert.match(await stage.click("vary"), /^This slot belongs to a group/);
});

scenario("group slot: results do not land in a group's track", async ({ open }) => {
  const live = new FakeLive();
  const group = live.addTrack({ name: "Group", kind: "group" });
  const bass = live.addTrack({ name: "Bass", group });
  live.user.select(live.addClip(bass, 0, { name: "Line", loop_end: 8, notes: bassNotes(8) }));
  live.user.selectTrack(bass);
  const stage = await open(live, bass);
  await stage.set({ count: 2 });

  await stage.click("vary");

  assert.equal(clipsBelow(live, bass).length, 2);
});

scenario("last scene", async ({ open }) => {
  const live = new FakeLive({ scenes: 2 });
  const bass = live.addTrack({ name: "Bass" });
  const clip = live.addClip(bass, 1, { name: "Line", loop_end: 8, notes: bassNotes(8) });
  live.user.highlight(bass, 1);
  live.user.select(clip);
  const stage = await open(live, bass);
  await stage.set({ count: 2 });

  assert.match(await stage.click("vary"), /scenes 3 to 4/);
  assert.equal(live.song.lists.scenes.length, 4);
  assert.equal(live.deviceSteps.length, 1);
});

scenario("frozen track", async ({ open }) => {
  const { live, bass } = bassSet();
  live.user.change(bass, "is_frozen", 1);
  const stage = await open(live, bass);

  assert.match(await stage.click("vary"), /^Bass is frozen/);
  assert.equal(live.deviceSteps.length, 0);
});

scenario("frozen track: frozen while waiting, nothing is half written", async ({ open }) => {
  const live = new FakeLive({ scenes: 1 });
  const bass = live.addTrack({ name: "Bass" });
  live.user.select(live.addClip(bass, 0, { name: "Line", loop_end: 8, notes: bassNotes(8) }));
  live.user.selectTrack(bass);
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  const line = await meanwhile(stage, () => live.user.change(bass, "is_frozen", 1));

  assert.match(line, /^Bass is frozen. Nothing was written/);
  assert.equal(live.deviceSteps.length, 0);
  assert.equal(live.song.lists.scenes.length, 1);
});

scenario("clip deleted while waiting: with its track, nothing is written", async ({ open }) => {
  const { live, bass } = bassSet();
  const other = live.addTrack({ name: "Other" });
  const stage = await open(live, other);
  await stage.set({ count: 1 });

  const line = await meanwhile(stage, () => live.user.deleteTrack(bass));

  assert.match(line, /^The track is gone. Nothing was written/);
  assert.equal(live.deviceSteps.length, 0);
});

/** Press Vary, do something while the server works, and let the answer come. */
async function meanwhile(stage, act, action = "vary") {
  const release = stage.hold((address) => address.endsWith("/result/reply"));
  await stage.start(action);
  act();
  release();
  return stage.finished();
}

scenario("clip deleted while waiting: the result is made from what was sent", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  const notes = music(clip);
  const stage = await open(live, bass);
  await stage.set({ count: 1, change: 15, seed: 7, seed_lock: 1 });

  const line = await meanwhile(stage, () => live.user.deleteClip(clip));

  const [made] = clipsBelow(live, bass);
  assert.match(line, /made anew/);
  assert.ok(music(made).some((note) => notes.includes(note)));
  assert.equal(live.deviceSteps.length, 1);
});

scenario("clip moved while waiting: results land below where it is now", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  const lead = live.addTrack({ name: "Lead" });
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  await meanwhile(stage, () => live.user.moveClip(clip, lead, 3));

  assert.ok(live.clipAt(lead, 4) !== null);
  assert.equal(clipsBelow(live, bass).length, 0);
});

scenario(
  "clip edited while waiting: the result is of the notes that were sent",
  async ({ open }) => {
    const { live, bass, clip } = bassSet();
    const sent = music(clip);
    const stage = await open(live, bass);
    await stage.set({ count: 1, change: 15, seed: 7, seed_lock: 1 });

    const line = await meanwhile(stage, () =>
      live.user.editNotes(clip, (notes) =>
        notes.map((note) => ({ ...note, pitch: note.pitch + 24 })),
      ),
    );

    const [made] = clipsBelow(live, bass);
    assert.match(line, /the clip was edited meanwhile: this is from the notes that were sent/);
    assert.ok(music(made).some((note) => sent.includes(note)));
    assert.ok(made.properties.notes.every(({ pitch }) => pitch < 60));
  },
);

scenario("clip edited while waiting: in place refuses", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  live.user.selectNotes(clip, (note) => note.start_time >= 6);
  const stage = await open(live, bass);
  await stage.set({ in_place: 1 });

  const line = await meanwhile(
    stage,
    () => live.user.editNotes(clip, (notes) => notes.slice(1)),
    "refill",
  );

  assert.match(line, /^The clip was edited since the click/);
  assert.equal(live.deviceSteps.length, 0);
  assert.equal(clip.properties.notes.length, 15);
});

scenario("device in a rack", async ({ open }) => {
  const { live, bass } = bassSet();
  const rack = live.addDevice(bass, "MidiEffectGroupDevice");
  const chain = live.addChain(rack);
  const stage = await open(live, chain);
  await stage.set({ count: 1 });
  await stage.max.until(() => /^Vary 16 notes/.test(stage.line), "the preview");

  assert.match(await stage.click("vary"), /^Wrote 1 variation/);
});

scenario("device switched off", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  live.user.change(stage.device, "is_active", 0);
  await stage.set({ count: 1 });

  assert.match(await stage.click("vary"), /^Wrote 1 variation/);
});

scenario("loop that does not start at 0", async ({ open }) => {
  const { live, bass, clip } = bassSet({
    ...{ loop_start: 5, loop_end: 13, end_marker: 16, start_marker: 0 },
    notes: bassNotes(16),
  });
  const stage = await open(live, bass);
  await stage.max.until(
    () => /^Vary 16 notes · bars 2 to 4/.test(stage.line),
    "the bars of the loop",
  );
  await stage.set({ count: 1, change: 80 });

  await stage.click("vary");

  const [made] = clipsBelow(live, bass);
  const outside = clip.properties.notes
    .filter(({ start_time: start }) => start < 5 || start >= 13)
    .map(told);
  assert.deepEqual(
    kept(made, clip).filter((note) => outside.includes(note)),
    outside,
  );
  assert.ok(selected(made).every(({ start_time: start }) => start >= 5 && start < 13));
  assert.deepEqual([made.properties.loop_start, made.properties.loop_end], [5, 13]);
  assert.deepEqual([made.properties.start_marker, made.properties.end_marker], [0, 16]);
});

scenario(
  "loop that does not start at 0: its continuation begins where it begins",
  async ({ open }) => {
    const { live, bass } = bassSet({ loop_start: 4, loop_end: 12, notes: bassNotes(8, 4) });
    const stage = await open(live, bass);
    await stage.set({ count: 1 });

    await stage.click("continue");

    const [made] = clipsBelow(live, bass);
    assert.deepEqual([made.properties.loop_start, made.properties.loop_end], [4, 12]);
    assert.ok(inRange(made, 4, 12));
  },
);

scenario("negative note times", async ({ open }) => {
  const { live, bass, clip } = bassSet({ loop_start: -4, loop_end: 4, notes: bassNotes(8, -4) });
  const stage = await open(live, bass);
  await stage.max.until(() => /bars -1 to 1/.test(stage.line), "bars before 0");
  live.user.selectNotes(clip, (note) => note.start_time >= -2);
  await stage.set({ count: 1, change: 80 });

  await stage.click("vary");

  const [made] = clipsBelow(live, bass);
  const early = clip.properties.notes.filter((note) => note.start_time < -2).map(told);
  assert.deepEqual(
    kept(made, clip).filter((note) => early.includes(note)),
    early,
  );
  assert.ok(inRange(made, -4, 4));
  assert.ok(selected(made).every((note) => note.start_time >= -2));
});

scenario("7/8 clip in a 4/4 Set", async ({ open }) => {
  const { live, bass } = bassSet({
    ...{ signature_numerator: 7, signature_denominator: 8, loop_end: 14 },
    notes: bassNotes(14),
  });
  const stage = await open(live, bass);
  await stage.max.until(() => /^Vary 28 notes · bars 1 to 4/.test(stage.line), "bars of 7/8");
  assert.equal(stage.max.last("barstate").length, 4);
  await stage.set({ count: 1, length: 1 });

  await stage.click("continue");

  const [made] = clipsBelow(live, bass);
  assert.equal(made.properties.loop_end - made.properties.loop_start, 3.5);
  assert.equal(made.properties.signature_numerator, 7);
});

scenario("tempo 999", async ({ open }) => {
  const live = new FakeLive({ tempo: 999 });
  const bass = live.addTrack({ name: "Bass" });
  live.user.select(live.addClip(bass, 0, { loop_end: 8, notes: bassNotes(8) }));
  live.user.selectTrack(bass);
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  assert.match(await stage.click("vary"), /^Wrote 1 variation/);
});

scenario(
  "MPE clip: kept notes keep their curves, the line counts those without",
  async ({ open }) => {
    const { live, bass, clip } = bassSet({ curves: 16 });
    live.addDevice(bass, "InstrumentVector");
    live.user.selectNotes(clip, (note) => note.start_time >= 6);
    const stage = await open(live, bass);
    await stage.set({ count: 1 });

    const line = await stage.click("vary");

    const [made] = clipsBelow(live, bass);
    const curved = made.properties.notes.filter(({ curve }) => curve !== undefined);
    assert.ok(curved.length >= 12);
    assert.match(line, new RegExp(`${selected(made).length} new notes? without MPE curves`));
  },
);

scenario("clip with groove and envelopes", async ({ open }) => {
  const { live, bass } = bassSet({ has_envelopes: 1, launch_mode: 2, launch_quantization: 5 });
  const swing = live.addGroove("Swing 16");
  const clip = live.clipAt(bass, 0);
  clip.ones.groove = swing.id;
  const stage = await open(live, bass);
  await stage.set({ count: 1 });

  const line = await stage.click("vary");

  const [made] = clipsBelow(live, bass);
  assert.equal(made.ones.groove, swing.id);
  assert.equal(made.properties.has_envelopes, 1);
  assert.equal(made.properties.launch_mode, 2);
  assert.doesNotMatch(line, /made anew/);
});

scenario("12-pad rack in a private layout", async ({ open }) => {
  const live = new FakeLive();
  const drums = live.addTrack({ name: "Kit" });
  const rack = live.addDevice(drums, "InstrumentGroupDevice");
  const names = "Boom Clack Tss Tsk Thud Ping Snap Chk Wood Bell Zap Rim".split(" ");
  const pads = names.map((name, index) => ({ note: 60 + index, name }));
  const inner = live.addDrumRack(live.addChain(rack), pads);
  live.addDrumRack(live.get(inner.lists.chains[0]), [{ note: 36, name: "Inner" }]);
  const clip = live.addClip(drums, 0, { loop_end: 8, notes: drumNotes(2, [60, 61, 62]) });
  live.user.highlight(drums, 0);
  live.user.select(clip);
  const stage = await open(live, drums);
  await stage.max.until(() => stage.rows("part").length === 13, "twelve pads");
  assert.deepEqual(stage.rows("part"), ["All", ...names]);
  await stage.set({ count: 2, change: 80 });

  await stage.click("vary");

  for (const made of clipsBelow(live, drums)) {
    assert.ok(made.properties.notes.every(({ pitch }) => pitch >= 60 && pitch <= 71));
  }
});
