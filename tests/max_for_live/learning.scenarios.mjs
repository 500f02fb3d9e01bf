// Learn: the selected clip, or the starred results, go into the producer's own corpus: the built
// device, the strict fake Live, the real server over real UDP, and what it keeps on the disk.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { FakeLive } from "./fake_live/fake_live.mjs";
import { bassSet, openAlone, scenario } from "./fake_live/scenario.mjs";
import { bassNotes } from "./fake_live/stage.mjs";

const FOLDER = join(process.env.REPRISE_DATA_DIRECTORY, "learnt", "mine");
const learnt = () => (existsSync(FOLDER) ? readdirSync(FOLDER).sort() : []);

/** Press Learn and wait for the line to say something. */
async function learn(stage, said) {
  await stage.max.message("press", "learn");
  await stage.max.until(() => said.test(stage.line), `the line to say ${said}`);
}

/** The events of a MIDI file that are text, and how many notes begin in it. */
function inside(name) {
  const bytes = readFileSync(join(FOLDER, name));
  return { text: bytes.toString("latin1"), bytes };
}

scenario(
  "learn: the clip is kept with its names and tempo, and the Set stays",
  async (tools) => {
    const { live, bass, clip } = bassSet({ name: "Bassline" });
    const stage = await tools.open(live, bass);
    const before = live.contents();
    const known = learnt();

    await learn(stage, /now in mine\. Train with: reprise train mine$/);

    const [added, ...others] = learnt().filter((name) => !known.includes(name));
    assert.equal(others.length, 0);
    assert.match(added, /^Bassline [0-9a-f]{10}\.mid$/);
    const { text, bytes } = inside(added);
    assert.ok(
      text.startsWith("MThd") && text.includes("Bass"),
      "the track's name",
    );
    const tempo = bytes.indexOf(Buffer.from([0xff, 0x51, 0x03]));
    assert.equal(Math.round(6e7 / bytes.readUIntBE(tempo + 3, 3)), 120);
    assert.ok(live.contents() === before, "nothing in the Set changes");
    assert.equal(live.deviceSteps.length, 0);
    assert.ok(clip.properties.notes.length > 0);
  },
);

scenario(
  "learn: pressed again it is there once, changed it is another",
  async (tools) => {
    const { live, bass } = bassSet({
      name: "Twice",
      notes: bassNotes(8, 0).slice(1),
    });
    const stage = await tools.open(live, bass);
    await learn(stage, /now in mine/);
    const known = learnt();

    await learn(stage, /^It is in mine already/);
    assert.deepEqual(learnt(), known);
  },
);

scenario(
  "learn: in an empty slot the starred results are learnt",
  async (tools) => {
    const { live, bass } = bassSet({ name: "Stars" });
    const stage = await tools.open(live, bass);
    await stage.set({ count: 2 });
    await stage.click("vary");
    await stage.max.message("press", "next");
    await stage.click("star");
    const known = learnt();

    live.user.select(null);
    live.user.highlight(bass, 6);
    await learn(stage, /now in mine/);

    const added = learnt().filter((name) => !known.includes(name));
    assert.equal(added.length, 1);
    assert.match(added[0], /^Stars [0-9A-Z]{6} [0-9a-f]{10}\.mid$/);
  },
);

scenario(
  "learn: what cannot be learnt is said, and nothing is kept",
  async (tools) => {
    const live = new FakeLive();
    const vox = live.addTrack({ name: "Vox", kind: "audio" });
    const bass = live.addTrack({ name: "Bass" });
    const audio = live.addClip(vox, 0, { name: "Take 3", is_midi_clip: 0 });
    const empty = live.addClip(bass, 0, {
      name: "Empty",
      loop_end: 8,
      notes: [],
    });
    const stage = await tools.open(live, bass);
    const known = learnt();

    live.user.highlight(vox, 0);
    live.user.select(audio);
    await learn(stage, /^Take 3 is an audio clip/);
    live.user.highlight(bass, 0);
    live.user.select(empty);
    await learn(stage, /^No note sounds in the clip/);
    live.user.select(null);
    live.user.highlight(bass, 5);
    await learn(stage, /^Learn needs a clip/);
    assert.deepEqual(learnt(), known);
  },
);

scenario("learn: without a server the line says so", async (tools) => {
  const { live, bass } = bassSet();
  const stage = openAlone(live, bass, [9], tools.closing);
  await stage.max.until(() => stage.light === 4, "no server", 30000);

  await learn(stage, /^Reprise is not running/);
});
