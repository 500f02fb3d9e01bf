// The device while its server is not there, dies, and comes back.

import assert from "node:assert/strict";

import { startServer } from "./fake_live/reprise_server.mjs";
import { bassSet, clipsBelow, openAlone, scenario } from "./fake_live/scenario.mjs";
import { bassNotes } from "./fake_live/stage.mjs";

const LIGHT = { found: 1, missing: 4 };
const START = /reprise start/;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isLit = (stage, light) => () => stage.light === LIGHT[light];

/** A port on which no server runs. */
async function freePort() {
  const server = await startServer();
  await server.stop();
  return server.port;
}

scenario("server not running: the line has the words that start it", async ({ closing }) => {
  const { live, bass } = bassSet();
  const stage = openAlone(live, bass, [await freePort()], closing);
  await stage.max.until(isLit(stage, "missing"), "the light");
  assert.match(stage.line, START);
  await stage.max.message("press", "vary");
  await pause(100);
  assert.match(stage.line, START);
  assert.deepEqual(live.deviceSteps, []);
  live.verify();
});

scenario("server not running: it is found by itself once it is started", async ({ closing }) => {
  const { live, bass } = bassSet();
  const port = await freePort();
  const stage = openAlone(live, bass, [port], closing);
  await stage.max.until(isLit(stage, "missing"), "the light");
  const server = await startServer({ port });
  closing(server.kill);
  await stage.max.until(isLit(stage, "found"), "the light");
  await stage.choose("model", (row) => row.startsWith("From the Clip"));
  await stage.click("vary");
  assert.equal(clipsBelow(live, bass).length, 4);
  live.verify();
});

scenario("server killed mid-answer: it comes back, all is written once", async (tools) => {
  const { live, bass } = bassSet({ loop_end: 64, notes: bassNotes(64) });
  const first = await startServer();
  const stage = await tools.open(live, bass, { serverPorts: [first.port], pace: 1 });
  await stage.set({ count: 8 });
  await stage.start("vary");
  await first.kill();
  const second = await startServer({ port: first.port });
  tools.closing(second.kill);
  await stage.finished();
  const ids = clipsBelow(live, bass).map(({ properties }) => properties.name);
  assert.equal(new Set(ids).size, 8);
  assert.equal(clipsBelow(live, bass).length, 8);
  assert.ok(live.deviceSteps.length <= 2);
});

scenario("server killed mid-answer: where it stays away, a sentence", async ({ open }) => {
  const { live, bass } = bassSet({ loop_end: 256, notes: bassNotes(256) });
  const server = await startServer();
  const stage = await open(live, bass, { serverPorts: [server.port], pace: 1 });
  await stage.set({ count: 16 });
  await stage.start("vary");
  await server.kill();
  const before = clipsBelow(live, bass).length;
  const line = await stage.finished();
  assert.match(line, START);
  assert.equal(stage.light, LIGHT.missing);
  assert.ok(clipsBelow(live, bass).length >= before);
  assert.ok(live.deviceSteps.length <= 1);
});

scenario("server stopped while nothing is asked: the light says so", async ({ open }) => {
  const { live, bass } = bassSet();
  const server = await startServer();
  const stage = await open(live, bass, { serverPorts: [server.port], pace: 1 });
  await server.stop();
  await stage.max.until(isLit(stage, "missing"), "the light");
  assert.match(stage.line, START);
});

scenario(
  "sixteen copies: an idle Set costs one packet in two seconds each at most",
  async (tools) => {
    const { live } = bassSet();
    const server = await startServer();
    tools.closing(server.kill);
    const settings = { engine: "Auto", pace: 1, serverPorts: [server.port] };
    const stages = [];
    for (let copy = 0; copy < 16; copy += 1) {
      const track = live.addTrack({ name: `Track ${copy}` });
      stages.push(await tools.open(live, track, settings));
    }
    await pause(500);
    const sent = () => stages.reduce((sum, { max }) => sum + max.packets.sent, 0);
    const before = sent();
    const calls = live.calls;
    await pause(6000);
    // All together, since a machine that stands still for a moment makes one or the other ask again.
    assert.ok(sent() - before <= 16 * 3, `${sent() - before} packets`);
    assert.ok(live.calls - calls <= 16, `${live.calls - calls} calls of an idle Set`);
  },
);
