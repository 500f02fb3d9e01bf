// The device while the server or the wire fails it: a sentence on the line, nothing half written,
// no second undo step.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";

import { FakeLive } from "./fake_live/fake_live.mjs";
import { packPacket, unpackPacket } from "./fake_live/osc_packets.mjs";
import { sharedPort, startServer } from "./fake_live/reprise_server.mjs";
import { bassSet, clipsBelow, scenario } from "./fake_live/scenario.mjs";
import { Stage, bassNotes } from "./fake_live/stage.mjs";

const LIGHT = { found: 1, missing: 4, versions: 5 };
const START = /reprise start/;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isLit = (stage, light) => () => stage.light === LIGHT[light];

/** A port on which no server runs. */
async function freePort() {
  const server = await startServer();
  await server.stop();
  return server.port;
}

/** A device whose server is not there. */
function openAlone(live, track, serverPorts, closing) {
  const stage = new Stage(live, live.addReprise(track), { serverPorts });
  closing(() => stage.close());
  live.ready = true;
  stage.max.message("ready");
  return stage;
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
  const stage = await tools.open(live, bass, { serverPorts: [first.port] });
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
  const stage = await open(live, bass, { serverPorts: [server.port] });
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
  const stage = await open(live, bass, { serverPorts: [server.port] });
  await server.stop();
  await stage.max.until(isLit(stage, "missing"), "the light");
  assert.match(stage.line, START);
});

scenario("versions differ: the light and the server's sentence", async ({ closing }) => {
  const { live, bass } = bassSet();
  const between = createSocket("udp4");
  closing(() => between.close());
  await new Promise((resolve) => between.bind(0, "127.0.0.1", resolve));
  between.on("message", (packet) => {
    const { address, atoms } = unpackPacket(packet);
    if (address !== "/reprise/hello") return;
    const hello = packPacket(address, [...atoms.slice(0, 4), 99, ...atoms.slice(5)]);
    between.send(hello, sharedPort(), "127.0.0.1");
  });
  const stage = openAlone(live, bass, [between.address().port], closing);
  await stage.max.until(isLit(stage, "versions"), "the light");
  assert.match(stage.line, /version 1 of the protocol · the client version 99|client version 99/);
  await stage.max.message("press", "vary");
  await pause(100);
  assert.deepEqual(live.deviceSteps, []);
});

scenario("bind failure: no welcome, so another reply port", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass, { deafPorts: (port, count) => count === 1 });
  assert.equal(stage.max.wire.listenCount, 2);
  await stage.click("vary");
  assert.equal(clipsBelow(live, bass).length, 4);
});

for (const seed of [1, 2, 3]) {
  scenario(`5 % loss: four variations in one undo step, seed ${seed}`, async ({ open }) => {
    const { live, bass } = bassSet();
    const stage = await open(live, bass, { loss: 0.05, seed });
    await stage.click("vary");
    assert.equal(clipsBelow(live, bass).length, 4);
    assert.equal(live.deviceSteps.length, 1);
  });
}

scenario("answer after cancel: nothing is written, and the line says so", async ({ open }) => {
  const { live, bass } = bassSet({ loop_end: 64, notes: bassNotes(64) });
  const stage = await open(live, bass);
  const before = live.contents();
  await stage.set({ count: 16 });
  await stage.start("vary");
  await stage.max.message("press", "cancel");
  assert.match(stage.line, /Cancelled/);
  await pause(1500);
  assert.equal(live.contents(), before);
  assert.deepEqual(live.deviceSteps, []);
});

scenario("answer after cancel: the next click is answered as if nothing was", async ({ open }) => {
  const { live, bass } = bassSet({ loop_end: 64, notes: bassNotes(64) });
  const stage = await open(live, bass);
  await stage.set({ count: 16 });
  await stage.start("vary");
  await stage.max.message("press", "cancel");
  await stage.set({ count: 2 });
  await stage.click("vary");
  assert.equal(clipsBelow(live, bass).length, 2);
  assert.equal(live.deviceSteps.length, 1);
});

scenario("two devices at once: each writes its own results in its own step", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  const keys = live.addTrack({ name: "Keys" });
  const pad = live.addClip(keys, 0, { name: "Pad", loop_end: 8, notes: bassNotes(8) });
  const [one, two] = [await open(live, bass), await open(live, keys)];
  await one.set({ count: 2 });
  await two.set({ count: 3 });
  live.user.select(clip);
  await one.start("vary");
  live.user.select(pad);
  live.user.highlight(keys, 0);
  await two.start("vary");
  await Promise.all([one.finished(), two.finished()]);
  assert.equal(clipsBelow(live, bass).length, 2);
  assert.equal(clipsBelow(live, keys).length, 3);
  assert.equal(live.deviceSteps.length, 2);
});

scenario("device duplicated: the copy has its own ids and hears its own answers", async (tools) => {
  const { live, bass } = bassSet();
  const one = await tools.open(live, bass);
  await one.set({ count: 2 });
  await one.click("vary");
  // Live gives the copy the saved state and every parameter of the device that it was made from.
  const two = await tools.open(live, bass, { state: one.max.last("save") });
  assert.notEqual(two.max.wire.listensOn, one.max.wire.listensOn);
  await two.set({ count: 3 });
  await two.click("vary");
  assert.equal(clipsBelow(live, bass).length, 5);
  assert.equal(live.deviceSteps.length, 2);
  assert.equal(one.max.all("show").at(-1).join(" "), "Original · 0 / 2");
});

scenario(
  "sixteen copies: an idle Set costs one packet in two seconds each at most",
  async (tools) => {
    const { live } = bassSet();
    const stages = [];
    for (let copy = 0; copy < 16; copy += 1) {
      const track = live.addTrack({ name: `Track ${copy}` });
      stages.push(await tools.open(live, track, { engine: "Auto" }));
    }
    await pause(500);
    const before = stages.map(({ max }) => max.packets.sent);
    const calls = live.calls;
    await pause(6000);
    stages.forEach(({ max }, index) => assert.ok(max.packets.sent - before[index] <= 3));
    assert.ok(live.calls - calls <= 16, `${live.calls - calls} calls of an idle Set`);
  },
);

scenario("no symbol leaks: ten clicks more, no text that Max has not seen", async ({ open }) => {
  const { live, bass, clip } = bassSet();
  const stage = await open(live, bass);
  await stage.set({ seed: 5, seed_lock: 1 });
  const click = async () => {
    live.user.select(clip);
    await stage.click("vary");
    for (const { id } of clipsBelow(live, bass)) live.user.deleteClip(live.get(id));
  };
  await click();
  await click();
  const known = new Set(stage.max.symbols);
  for (let round = 0; round < 10; round += 1) await click();
  const grown = [...stage.max.symbols].filter((symbol) => !known.has(symbol));
  // A clip's name is a text of the Set, which Live keeps as well.
  assert.deepEqual(
    grown.filter((symbol) => !/^v\d+ .*#[0-9A-Z]{4}$/.test(symbol)),
    [],
  );
});

scenario("device switched on again: no second connection, no second light", async ({ open }) => {
  const { live, bass } = bassSet();
  const stage = await open(live, bass);
  const port = stage.max.wire.listensOn;
  await stage.max.message("ready");
  await pause(600);
  assert.equal(stage.max.wire.listensOn, port);
  assert.equal(stage.light, LIGHT.found);
});

scenario("device taken out while it waits: the job is called off", async ({ open }) => {
  const { live, bass } = bassSet({ loop_end: 64, notes: bassNotes(64) });
  const stage = await open(live, bass);
  await stage.set({ count: 16 });
  await stage.start("vary");
  const before = live.contents();
  stage.close();
  await pause(800);
  assert.equal(live.contents(), before);
  assert.ok(live instanceof FakeLive);
});
