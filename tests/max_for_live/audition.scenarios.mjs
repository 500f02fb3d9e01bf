// Hearing, keeping and recalling results with the device, the fake Live and the real server.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startServer } from "./fake_live/reprise_server.mjs";
import { bassSet, clipsBelow, scenario } from "./fake_live/scenario.mjs";

const playing = (live, track) => live.get(live.get(track.properties.playingSlot)?.ones.clip ?? 0);
const shown = (stage) => stage.max.last("show").join(" ");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const notesOf = (clip) =>
  clip.properties.notes
    .map(({ start_time: start, pitch, duration }) => [start, pitch, duration].join(" "))
    .sort();

async function varied({ open }, count = 3, clipSettings = {}, settings = {}) {
  const set = bassSet(clipSettings);
  const stage = await open(set.live, set.bass, settings);
  await stage.set({ count });
  await stage.click("vary");
  await pause(150);
  return { ...set, stage, results: clipsBelow(set.live, set.bass) };
}

scenario("audition: next switches between results in sync while the music plays", async (tools) => {
  const { live, bass, stage, results } = await varied(tools);
  live.user.play(bass, 0);
  live.advance(2.5);
  await stage.max.message("press", "next");
  assert.equal(playing(live, bass).id, results[0].id);
  assert.equal(live.playingPosition(results[0]), 2.5);
  assert.match(shown(stage), /^1 \/ 3 · change \d+ % · \d+ notes$/);
  live.advance(1);
  await stage.max.message("press", "previous");
  assert.equal(live.playingPosition(live.clipAt(bass, 0)), 3.5);
  assert.match(shown(stage), /^Original/);
});

scenario("audition: clips have their own launch settings back", async (tools) => {
  const own = { legato: 0, launch_quantization: 6, launch_mode: 1 };
  const { live, bass, stage, results } = await varied(tools, 2, own, { pace: 1 });
  live.user.play(bass, 0);
  live.advance(4);
  for (let press = 0; press < 5; press += 1) await stage.max.message("press", "next");
  await pause(2500);
  for (const { properties } of [live.clipAt(bass, 0), ...results]) {
    assert.deepEqual({ ...own, ...properties }, properties);
  }
});

scenario(
  "audition: discard others leaves one result, and one undo brings all back",
  async (tools) => {
    const { live, bass, stage } = await varied(tools, 4);
    const steps = live.deviceSteps.length;
    await stage.max.message("press", "next");
    await stage.max.message("press", "discard");
    assert.equal(clipsBelow(live, bass).length, 1);
    assert.equal(live.deviceSteps.length, steps + 1);
    assert.match(stage.line, /Discarded 3/);
    live.user.undo();
    assert.equal(clipsBelow(live, bass).length, 4);
  },
);

scenario("audition: discard others spares what the producer edited", async (tools) => {
  const { live, bass, stage, results } = await varied(tools, 3);
  live.user.editNotes(results[2], (notes) => notes.slice(1));
  await stage.max.message("press", "next");
  await stage.max.message("press", "discard");
  assert.deepEqual(
    clipsBelow(live, bass).map(({ id }) => id),
    [results[0].id, results[2].id],
  );
});

scenario("audition: keep stars in the server's history", async (tools) => {
  const { stage } = await varied(tools, 2);
  await stage.max.message("press", "next");
  await pause(300);
  await stage.max.message("press", "keep");
  assert.match(stage.line, /^Kept v1 Bassline/);
  await stage.max.until(
    () => stage.rows("recall").some((row) => row.startsWith("* v1 Bassline")),
    "the star in the menu",
  );
  await pause(200);
  assert.match(stage.line, /^Kept/);
});

scenario("Set re-opened: recall brings a result back from the server's history", async (tools) => {
  const { live, bass, stage, results } = await varied(tools, 2);
  const wanted = notesOf(results[1]);
  const { name } = results[1].properties;
  const saved = stage.max.last("save");
  live.user.deleteClip(results[1]);
  stage.close();
  live.reopen();
  const again = await tools.open(live, bass, { state: saved });
  live.user.highlight(bass, 0);
  live.user.select(live.clipAt(bass, 0));
  const row = again.rows("recall").findIndex((one) => one === name);
  assert.ok(row > 0);
  await again.max.message("pick", "recall", row);
  await again.max.until(() => / is back in /.test(again.line), "the recalled clip");
  const back = clipsBelow(live, bass).find(({ properties }) => properties.name === name);
  assert.deepEqual(notesOf(back), wanted);
  assert.equal(live.deviceSteps.length, 1);
});

scenario("Set re-opened: a result that the server never had is a sentence", async (tools) => {
  const { live, bass, stage } = await varied(tools, 2);
  const saved = stage.max.last("save");
  stage.close();
  live.reopen();
  const folder = mkdtempSync(join(tmpdir(), "reprise-"));
  tools.closing(() => rmSync(folder, { recursive: true }));
  const empty = await startServer({ folder });
  tools.closing(empty.kill);
  const again = await tools.open(live, bass, { state: saved, serverPorts: [empty.port] });
  live.user.deleteClip(clipsBelow(live, bass).at(-1));
  await again.max.message("pick", "recall", 1);
  await again.max.until(() => /history/.test(again.line), "a sentence");
  assert.deepEqual(live.deviceSteps, []);
});

scenario("again: on the original with a new seed, nothing comes twice", async (tools) => {
  const { live, bass, stage, results } = await varied(tools, 3);
  await stage.max.message("press", "next");
  await stage.click("again");
  const all = clipsBelow(live, bass);
  assert.equal(all.length, 6);
  assert.equal(new Set(all.map((clip) => notesOf(clip).join())).size, 6);
  assert.equal(new Set(all.map(({ properties }) => properties.name)).size, 6);
  assert.deepEqual(
    all.slice(0, 3).map(({ id }) => id),
    results.map(({ id }) => id),
  );
});

scenario("more like this: new variations of the original that lean to a result", async (tools) => {
  const { live, bass, stage, clip } = await varied(tools, 2);
  const before = notesOf(clip);
  await stage.max.message("press", "next");
  await stage.click("more");
  assert.equal(clipsBelow(live, bass).length, 4);
  assert.deepEqual(notesOf(clip), before);
  assert.match(shown(stage), /^Original · 0 \/ 2$/);
});
