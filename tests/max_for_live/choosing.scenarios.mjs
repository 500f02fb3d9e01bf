// Which two clips Morph is about, what Develop writes, and what a chosen model cannot do: the built
// device, the strict fake Live, the real server over real UDP.

import assert from "node:assert/strict";

import { FakeLive } from "./fake_live/fake_live.mjs";
import { bassSet, clipsBelow, scenario } from "./fake_live/scenario.mjs";
import { bassNotes, chordNotes } from "./fake_live/stage.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const told = ({ pitch, start_time }) => `${pitch} ${start_time}`;
const music = (clip) => clip.properties.notes.map(told).sort();
/** How many of a clip's notes are note for note in another one. */
const shared = (clip, other) => music(clip).filter((note) => music(other).includes(note)).length;
/** Buttons that are grey, by the protocol's names. */
const grey = (stage) => {
  const able = new Map(stage.max.all("able"));
  return [...able.keys()].filter((verb) => able.get(verb) === 0);
};

/** A bass line A, and B far below it on another track, which is selected by nobody yet. */
function pairSet() {
  const { live, bass, clip: a } = bassSet();
  const other = live.addTrack({ name: "Answer" });
  const notes = bassNotes(8).map((note) => ({ ...note, pitch: note.pitch + 14 }));
  const b = live.addClip(other, 3, { name: "Reply", loop_end: 8, notes });
  return { live, bass, other, a, b };
}

function select(live, track, clip, row) {
  live.user.highlight(track, row);
  live.user.select(clip);
}

// ---------------------------------------------------------------- morph

scenario(
  "morph: from the marked clip to the selected one, beside the marked one",
  async (tools) => {
    const { live, bass, other, a, b } = pairSet();
    const stage = await tools.open(live, bass);
    await stage.set({ count: 2, change: 50 });
    const before = [music(a), music(b)];

    assert.equal(await stage.click("mark"), "Bassline is A. Select clip B and press Morph");
    const line = await stage.preview(() => select(live, other, b, 3));
    assert.match(line, /Morph comes from Bassline$/);
    assert.match(await stage.click("morph"), /^Wrote [12] morphs?: scene/);

    const made = clipsBelow(live, bass);
    assert.ok(made.length >= 1);
    made.forEach((one) => assert.match(one.properties.name, /^m\d Bassline #/));
    assert.deepEqual(
      clipsBelow(live, other).map(({ id }) => id),
      [b.id],
    );
    assert.deepEqual([music(a), music(b)], before);
    assert.equal(live.deviceSteps.length, 1);
    live.user.undo();
    assert.equal(clipsBelow(live, bass).length, 0);
  },
);

scenario("morph: Change goes from A to B", async (tools) => {
  const { live, bass, other, a, b } = pairSet();
  const stage = await tools.open(live, bass, { engine: "Ensemble" });
  await stage.click("mark");
  await stage.preview(() => select(live, other, b, 3));

  await stage.set({ count: 1, change: 0 });
  await stage.click("morph");
  await stage.set({ count: 1, change: 100 });
  await stage.click("morph");

  const [near, far] = clipsBelow(live, bass);
  assert.ok(shared(near, a) > shared(far, a), "0 % is nearer to A");
});

scenario("morph: a mark and no second clip is a sentence", async (tools) => {
  const { live, bass, a } = pairSet();
  const stage = await tools.open(live, bass);
  await stage.click("mark");

  assert.match(await stage.click("morph"), /^Bassline is A\. Select clip B and press Morph/);
  assert.equal(await stage.click("mark"), "No clip is marked. Morph goes to the clip below");
  assert.match(await stage.click("morph"), /^Morph needs a second clip\. Press Mark A/);
  assert.equal(a.properties.notes.length, 16);
});

scenario("morph: what is marked may be gone, and audio is no clip B", async (tools) => {
  const { live, bass, a } = pairSet();
  const sound = live.addTrack({ name: "Vocals", kind: "audio" });
  const take = live.addClip(sound, 1, { name: "Take 3", is_midi_clip: 0 });
  const stage = await tools.open(live, bass);
  await stage.preview(() => select(live, sound, take, 1));
  assert.equal(await stage.click("mark"), "Select a MIDI clip to mark it as A");

  select(live, bass, a, 0);
  await stage.click("mark");
  select(live, sound, take, 1);
  assert.match(await stage.click("morph"), /^Take 3 is an audio clip/);

  live.user.deleteClip(a);
  assert.equal(await stage.click("morph"), "The clip marked as A is gone. Mark another one");
});

scenario("morph: without a mark it passes over results to the next clip", async (tools) => {
  const { live, bass } = pairSet();
  const low = live.addClip(bass, 5, {
    ...{ name: "Low", loop_end: 8 },
    notes: bassNotes(8).map((note) => ({ ...note, pitch: note.pitch - 7 })),
  });
  const stage = await tools.open(live, bass);
  await stage.set({ count: 1 });
  await stage.click("vary");

  await stage.start("morph");
  assert.match(stage.line, /^Morphing 16 notes to Low/);
  assert.match(await stage.finished(), /^Wrote 1 morph/);
  assert.equal(low.properties.name, "Low");
});

scenario("morph: Again on clip B is the same morph anew", async (tools) => {
  const { live, bass, other, b } = pairSet();
  const stage = await tools.open(live, bass);
  await stage.set({ count: 1 });
  await stage.click("mark");
  await stage.preview(() => select(live, other, b, 3));
  await stage.click("morph");

  await stage.start("again");
  assert.match(stage.line, /^Morphing 16 notes to Reply/);
  await stage.finished();

  const names = clipsBelow(live, bass).map(({ properties }) => properties.name.slice(0, 2));
  assert.deepEqual(names, ["m1", "m2"]);
});

// ---------------------------------------------------------------- develop

scenario(
  "develop: the bars of Length, below the theme; undo and Discard take them back",
  async ({ open }) => {
    const { live, bass, clip } = bassSet();
    const stage = await open(live, bass);
    await stage.set({ count: 1, length: 4 });
    const before = live.contents();

    assert.match(await stage.click("develop"), /^Wrote 1 development: scene 2/);

    const { name, loop_start: start, loop_end: end, notes } = live.clipAt(bass, 1).properties;
    assert.match(name, /^d1 Bassline #/);
    assert.equal(end - start, 32, "eight bars, as Length says");
    assert.ok(notes.length > 0);
    assert.ok(notes.every(({ start_time: at }) => at >= start && at < end));
    assert.equal(clip.properties.notes.length, 16);
    live.user.undo();
    assert.ok(live.contents() === before);

    await stage.click("develop");
    await pause(150);
    await stage.max.message("press", "discard");
    assert.equal(clipsBelow(live, bass).length, 0);
  },
);

scenario("develop: Theme states the clip, leaves it and comes back", async ({ open }) => {
  const degrees = [60, 64, 67, 64, 65, 62, 67, 59, 60];
  const beats = [0, 1, 2, 3, 4, 5, 6, 6.5, 7];
  const notes = degrees.map((pitch, index) => ({
    ...{ pitch, start_time: beats[index], duration: index === 6 || index === 7 ? 0.5 : 1 },
  }));
  const { live, bass, clip } = bassSet({ name: "Tune", notes });
  const stage = await open(live, bass, { engine: "Theme" });
  assert.deepEqual(grey(stage), ["vary", "refill", "redo", "accompany", "morph"]);
  assert.match(await stage.click("vary"), /^Theme cannot Vary\. It can Continue and Develop\./);
  await stage.set({ count: 1, length: 5 });

  assert.match(await stage.click("develop"), /^Wrote 1 development: scene 2/);

  const made = live.clipAt(bass, 1);
  const { name, loop_start: start, loop_end: end } = made.properties;
  assert.match(name, /^d1 Tune #/);
  assert.equal(end - start, 64, "sixteen bars");
  assert.notDeepEqual(music(made), music(clip));
  assert.equal(clip.properties.notes.length, notes.length);
});

// ---------------------------------------------------------------- models

scenario("models: what the chosen one cannot do is grey, and the line says so", async (tools) => {
  const { live, bass, clip } = bassSet();
  const stage = await tools.open(live, bass, { engine: "Auto" });
  assert.deepEqual(grey(stage), []);

  const line = await stage.preview(() => stage.choose("model", (row) => row === "Chorale"));

  assert.match(line, /^Writes .*\. Chorale cannot Accompany · Morph or Develop$/);
  assert.deepEqual(grey(stage), ["accompany", "morph", "develop"]);
  const preview = await stage.preview(() => live.user.change(clip, "name", "Other"));
  assert.match(
    preview,
    /^Vary 16 notes .*clip Other · Chorale cannot Accompany · Morph or Develop$/,
  );
  await stage.choose("model", (row) => row === "Auto");
  assert.deepEqual(grey(stage), []);
});

scenario("models: a press that the chosen one has no answer for sends nothing", async (tools) => {
  const { live, bass } = bassSet();
  const stage = await tools.open(live, bass, { engine: "Chorale" });

  const line = await stage.click("develop");

  assert.match(line, /^Chorale cannot Develop\. It can Vary · Continue · Refill and Rewrite\./);
  assert.match(line, /Choose Auto or another model$/);
  assert.ok(
    stage.max.all("busy").every(([percent]) => percent === -1),
    "nothing was asked",
  );
  assert.equal(clipsBelow(live, bass).length, 0);
});

const TITLES = [
  ...["Ensemble", "From the Clip", "Chorale", "Bach"],
  ...["Theme", "Bar by bar", "Folk line", "Chords"],
];

scenario("models: every engine is in the menu by its musical name", async (tools) => {
  const { live, bass } = bassSet();
  const stage = await tools.open(live, bass, { engine: "Auto" });

  const rows = stage.rows("model");
  assert.equal(rows[0], "Auto");
  TITLES.forEach((title) => assert.ok(rows.includes(title), `${title} among ${rows}`));
});

// ---------------------------------------------------------------- chords

/** A progression that is selected, and another one below it. */
function chordSet() {
  const live = new FakeLive();
  const keys = live.addTrack({ name: "Keys" });
  const clip = live.addClip(keys, 0, { name: "Verse", loop_end: 16, notes: chordNotes(4) });
  const notes = chordNotes(4).map((note) => ({ ...note, pitch: note.pitch + 5 }));
  const below = live.addClip(keys, 6, { name: "Chorus", loop_end: 16, notes });
  select(live, keys, clip, 0);
  return { live, keys, clip, below };
}

/** Whether all notes of a clip sound together with others. */
function isChordal(clip) {
  const starts = clip.properties.notes.map(({ start_time: at }) => at);
  return starts.every((at) => starts.filter((other) => Math.abs(other - at) < 0.1).length > 1);
}

scenario("chords: a progression goes on, is varied, and leads to another one", async (tools) => {
  const { live, keys, clip, below } = chordSet();
  const stage = await tools.open(live, keys, { engine: "Chords" });
  await stage.set({ count: 1 });
  const before = [music(clip), music(below)];

  assert.match(await stage.click("continue"), /^Wrote 1 continuation: scene 2/);
  assert.match(await stage.click("vary"), /^Wrote 1 variation: scene 3/);
  assert.match(await stage.click("morph"), /^Wrote 1 morph: scene 4/);

  const made = [1, 2, 3].map((row) => live.clipAt(keys, row));
  const names = made.map(({ properties }) => properties.name.slice(0, 8));
  assert.deepEqual(names, ["c1 Verse", "v1 Verse", "m1 Verse"]);
  made.forEach((one) => assert.ok(isChordal(one), one.properties.name));
  assert.deepEqual([music(clip), music(below)], before);
});

scenario(
  "chords: a melody is refused in the server's words, and nothing is written",
  async (tools) => {
    const steps = [60, 62, 64, 65, 67, 65, 64, 62];
    const notes = steps.map((pitch, beat) => ({ pitch, start_time: beat, duration: 0.9 }));
    const { live, bass } = bassSet({ name: "Tune", notes });
    const stage = await tools.open(live, bass, { engine: "Chords" });
    assert.deepEqual(grey(stage), ["refill", "redo", "accompany", "develop"]);

    assert.match(await stage.click("vary"), /^Chords cannot do this: the clip is a line of single/);
    assert.equal(clipsBelow(live, bass).length, 0);
  },
);
