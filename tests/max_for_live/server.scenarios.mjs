// The device while the server or the wire fails it: a sentence on the line, nothing half written,
// no second undo step.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";

import { packPacket, unpackPacket } from "./fake_live/osc_packets.mjs";
import { sharedPort } from "./fake_live/reprise_server.mjs";
import { bassSet, clipsBelow, openAlone, scenario } from "./fake_live/scenario.mjs";
import { bassNotes } from "./fake_live/stage.mjs";

const LIGHT = { found: 1, versions: 5 };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isLit = (stage, light) => () => stage.light === LIGHT[light];

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
  const stage = await open(live, bass, { deafPorts: (port, count) => count === 1, pace: 1 });
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
  "no symbol leaks: ten more clicks bring no text each that Max has not seen",
  async (tools) => {
    const { live, bass, clip } = bassSet();
    const stage = await tools.open(live, bass);
    const click = async () => {
      live.user.select(clip);
      await stage.click("vary");
      for (const { id } of clipsBelow(live, bass)) live.user.deleteClip(live.get(id));
    };
    for (let round = 0; round < 5; round += 1) await click();
    const known = new Set(stage.max.symbols);
    for (let round = 0; round < 10; round += 1) await click();
    // A clip's name is a text of the Set, which Live keeps as well.
    const isName = (symbol) => /^v\d+ .*#[0-9A-Z]{4}$/.test(symbol);
    const grown = [...stage.max.symbols].filter((symbol) => !known.has(symbol) && !isName(symbol));
    assert.ok(grown.length < 10, grown.join(", "));
  },
);

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
});
