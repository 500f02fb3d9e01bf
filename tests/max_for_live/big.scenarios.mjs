// A clip of 5,000 notes: read, sent, answered, written, and how long that takes besides the engine.

import assert from "node:assert/strict";

import { FakeLive } from "./fake_live/fake_live.mjs";
import { sharedPort } from "./fake_live/reprise_server.mjs";
import { clipsBelow, scenario } from "./fake_live/scenario.mjs";
import { WiredLink } from "./fake_live/wired_link.mjs";

const COUNT = 5000;
const WRITTEN = /^Wrote/;

/** Sixteenth notes in four voices over some hundred bars, no two alike on a pitch. */
function manyNotes() {
  return Array.from({ length: COUNT }, (_, number) => ({
    pitch: 48 + 7 * (number % 4) + (Math.floor(number / 4) % 5),
    start_time: Math.floor(number / 4) / 4,
    duration: 0.25,
    velocity: 60 + (number % 60),
  }));
}

function bigSet() {
  const live = new FakeLive();
  const track = live.addTrack({ name: "Keys" });
  const clip = live.addClip(track, 0, { name: "Long", loop_end: 320, notes: manyNotes() });
  live.user.highlight(track, 0);
  live.user.select(clip);
  return { live, track, clip };
}

/**
 * @param {(string | number)[]} atoms of a result's first part, with its head
 * @returns {number} ms from the job's start to the answer
 */
function engineMsOf(atoms) {
  let at = 4 + 6;
  for (let text = 0; text < 3; text += 1) at += Number(atoms[at]) < 0 ? 2 : 1;
  return Number(atoms[at + 1]) + Number(atoms[at + 2]);
}

/** Click once; say how many ms passed and how many of them were the server's queue and engine. */
async function timedClick(stage) {
  let engineMs = 0;
  const { wire } = stage.max;
  const pass = wire.onPacket;
  wire.onPacket = (address, atoms) => {
    if (address === "/reprise/result/reply" && atoms[2] === 0) engineMs = engineMsOf(atoms);
    pass(address, atoms);
  };
  const began = performance.now();
  await stage.max.message("press", "vary");
  await stage.max.until(() => WRITTEN.test(stage.line), "the result", 120_000);
  return { wallMs: performance.now() - began, engineMs };
}

const contents = (notes) =>
  notes
    .map(({ pitch, start_time: start, duration, velocity }) =>
      [pitch, start.toFixed(4), duration.toFixed(4), velocity].join(" "),
    )
    .sort();

/** The notes of the newest answer, as the server's history has them. */
async function newestAnswer(tools) {
  const link = new WiredLink({ serverPorts: [sharedPort()] });
  tools.closing(() => link.close());
  const [list] = await link.answers({ kind: "history", limit: 1, clip_name: "Long" });
  const wanted = { kind: "history", action: "get", result_id: list.entries[0].result_id };
  const [{ score }] = await link.answers(wanted);
  return score.voices.flatMap(({ notes }) =>
    notes.map(({ start, ...note }) => ({ ...note, start_time: start })),
  );
}

for (const loss of [0, 0.05]) {
  scenario(`5,000 notes: all new notes are written, ${100 * loss} % lost`, async (tools) => {
    const { live, track, clip } = bigSet();
    const stage = await tools.open(live, track, { loss, pace: 1 });
    await stage.set({ count: 1, change: 100 });
    const { wallMs, engineMs } = await timedClick(stage);
    const [written] = clipsBelow(live, track);
    const answer = await newestAnswer(tools);
    assert.ok(answer.length > COUNT / 2);
    assert.deepEqual(contents(written.properties.notes), contents(answer));
    assert.equal(clip.properties.notes.length, COUNT);
    assert.equal(live.deviceSteps.length, 1);
    const besidesMs = Math.round(wallMs - engineMs);
    tools.tell(
      `${COUNT} notes, ${100 * loss} % lost: ${besidesMs} ms besides the engine's ${engineMs} ms; ` +
        `longest turn ${Math.round(stage.max.longestTurnMs)} ms (${stage.max.longestTurn})`,
    );
    const limitMs = Number(process.env.LIVE_TEST_LIMIT_MS ?? Infinity);
    assert.ok(besidesMs <= limitMs, `${besidesMs} ms besides the engine, over ${limitMs}`);
  });
}

scenario(
  "5,000 notes: two that are selected are refilled, 4,998 stay as they are",
  async (tools) => {
    const { live, track, clip } = bigSet();
    const stage = await tools.open(live, track);
    await stage.set({ count: 1 });
    live.user.selectNotes(
      clip,
      ({ start_time: start, pitch }) => start >= 8 && start < 8.25 && pitch < 60,
    );
    const chosen = new Set(clip.properties.selected);
    assert.equal(chosen.size, 2);
    // Reading so long a clip takes a while, in which the line says what the click would do.
    await stage.start("refill");
    await stage.finished();
    const [written] = clipsBelow(live, track);
    const kept = clip.properties.notes.filter(({ note_id: id }) => !chosen.has(id));
    const there = new Set(contents(written.properties.notes));
    assert.ok(contents(kept).every((note) => there.has(note)));
  },
);
