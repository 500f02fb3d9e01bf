import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { MAX_DATAGRAM_BYTES, MAX_PARTS, splitAtoms } from "../../max_for_live/src/core/frames.js";
import {
  Link,
  MISSING_SENTENCE,
  NOT_RUNNING,
  OTHER_ENGINES_SENTENCE,
} from "../../max_for_live/src/core/link.js";
import {
  FIRST_RESEND_MS,
  LAST_RESEND_MS,
  Numbering,
  WINDOW,
} from "../../max_for_live/src/core/numbering.js";
import { SERVER_PORTS } from "../../max_for_live/src/core/search.js";
import { seededRandom } from "./fake_live/fake_wire.mjs";
import { packPacket } from "./fake_live/osc_packets.mjs";
import { Device, Server, WELCOME, World } from "./simulated/network.mjs";

const facts = JSON.parse(
  readFileSync(new URL("../fixtures/protocol/ports.json", import.meta.url), "utf-8"),
);
const note = (number) => ({
  start: number / 8,
  pitch: number % 128,
  duration: 0.125,
  velocity: 1 + (number % 127),
});
const notes = (count) => Array.from({ length: count }, (_, number) => note(number));
const vary = (count = 8) => ({
  kind: "vary",
  source: { length: 16, voices: [{ name: "Lead", notes: notes(count) }] },
});
const result = (message, index, seed = 1) => ({
  ...{ kind: "result", request_id: message.request_id, index, count: 2, result_id: "7F3K2M" },
  ...{ length: 16, seed, engine: "markov", kept: [], new_notes: [message.source.voices[0].notes] },
});
const done = (message) => ({
  ...{ kind: "done", request_id: message.request_id, count: 2, total_ms: 5 },
});
const echo = (message) => [result(message, 0), result(message, 1), done(message)];
const kinds = (device) => device.messages.map(({ kind }) => kind);

test("the link has the bounds and ports of the protocol", () => {
  assert.deepEqual(SERVER_PORTS, facts.server_ports);
  const { limits } = facts;
  assert.equal(MAX_DATAGRAM_BYTES, limits.datagram_bytes);
  assert.equal(MAX_PARTS, limits.parts);
  assert.equal(WINDOW, limits.in_flight);
  assert.equal(FIRST_RESEND_MS, limits.first_resend_ms);
  assert.equal(LAST_RESEND_MS, limits.last_resend_ms);
});

for (const port of facts.server_ports) {
  test(`a server on port ${port} is found within a second`, () => {
    const world = new World();
    new Server(world, port);
    const device = new Device(world);
    device.link.start();
    world.run(1000);
    assert.deepEqual(device.states, ["searching", "found"]);
    assert.equal(device.link.health.welcome.server_version, "1.0.0");
  });
}

test("a reply port that could not be bound is left for another after a second", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world, { deaf: (count) => count === 1 });
  device.link.start();
  world.run(990);
  assert.deepEqual([device.states, device.replyPorts.length], [["searching"], 1]);
  world.run(1000);
  assert.equal(device.link.health.state, "found");
  assert.equal(new Set(device.replyPorts).size, 2);
  assert.equal(server.asked.at(-1).reply_port, device.replyPorts.at(-1));
});

test("where no server runs, the words that start it come after two seconds", () => {
  const world = new World();
  const device = new Device(world);
  device.link.start();
  world.run(2100);
  assert.deepEqual(device.states, ["searching", "missing"]);
  assert.match(device.link.health.sentence, /reprise start$/);
});

test("a search without an end sends at most one datagram in two seconds", () => {
  const world = new World();
  const device = new Device(world);
  device.link.start();
  world.run(600_000);
  assert.ok(device.paces(3000, 600_000).every((count) => count <= 1));
});

test("a server that starts later is found within five seconds", () => {
  const world = new World();
  const device = new Device(world);
  device.link.start();
  world.run(60_000);
  new Server(world, facts.server_ports[0]);
  world.run(5000);
  assert.deepEqual(device.states, ["searching", "missing", "found"]);
});

test("a server on any of its ports is found in the end, however late it starts", () => {
  for (const port of facts.server_ports) {
    const world = new World();
    const device = new Device(world);
    device.link.start();
    world.run(61_000);
    new Server(world, port);
    world.run(20_000);
    assert.equal(device.link.health.state, "found");
  }
});

test("sixteen idle devices send one datagram in two seconds each at most", () => {
  const world = new World();
  new Server(world, 17765);
  const devices = Array.from({ length: 16 }, () => new Device(world));
  devices.forEach(({ link }) => link.start());
  world.run(60_000);
  for (const device of devices) {
    assert.equal(device.link.health.state, "found");
    const paces = device.paces(2000, 60_000);
    assert.ok(paces.length > 0);
    assert.ok(paces.every((count) => count <= 1));
  }
});

test("each load has a nonce and a reply port of its own", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const devices = Array.from({ length: 16 }, () => new Device(world));
  devices.forEach(({ link }) => link.start());
  world.run(1000);
  assert.equal(new Set(devices.map(({ replyPorts }) => replyPorts[0])).size, 16);
  assert.equal(server.sessions.size, 16);
});

test("starting twice says hello once", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  world.run(500);
  device.link.start();
  world.run(500);
  assert.equal(server.sessions.size, 1);
});

test("a slow server's second welcome asks nothing twice", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  device.link.ask(vary());
  world.run(1000);
  const [session] = server.sessions.values();
  server.say(session, WELCOME);
  world.run(1000);
  assert.deepEqual(device.states, ["searching", "found"]);
  assert.equal(server.asked.filter(({ kind }) => kind === "vary").length, 1);
});

test("a welcome with other engines fills the menu and leaves what is asked alone", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  device.link.ask(vary());
  world.run(1000);
  const [session] = server.sessions.values();
  const mine = { name: "mine", title: "Mine", summary: "", verbs: ["vary"], max_voices: 1 };
  const engines = [{ ...mine, serves_drums: true, model: "mine", model_hash: "", problem: "" }];
  server.say(session, { ...WELCOME, engines });
  world.run(1000);
  assert.deepEqual(device.states, ["searching", "found", "found"]);
  assert.deepEqual(device.link.health.welcome.engines.at(-1).name, "mine");
  assert.equal(device.link.health.sentence, OTHER_ENGINES_SENTENCE);
  assert.equal(device.link.isWaiting, true);
  assert.equal(server.asked.filter(({ kind }) => kind === "vary").length, 1);
  assert.equal(server.sessions.size, 1);
});

test("a request has its answers and its last word", () => {
  const world = new World();
  new Server(world, 17765, { answer: echo });
  const device = new Device(world);
  device.link.start();
  const id = device.link.ask(vary());
  world.run(1000);
  assert.deepEqual(kinds(device), ["result", "result", "done"]);
  assert.ok(device.messages.every(({ request_id }) => request_id === id));
  assert.equal(device.link.isWaiting, false);
});

for (const loss of [0, 0.05, 0.3]) {
  test(`5,000 notes arrive whole and in order both ways, ${loss * 100} % lost`, () => {
    for (let seed = 1; seed <= (loss > 0 ? 8 : 1); seed += 1) {
      const world = new World({ seed });
      const server = new Server(world, 17765, { answer: (said) => [result(said, 0), done(said)] });
      const device = new Device(world, { ports: [17765] });
      device.link.start();
      world.run(1000);
      world.loss = loss;
      device.link.ask(vary(5000));
      world.run(60_000);
      assert.deepEqual(kinds(device), ["result", "done"]);
      assert.deepEqual(
        device.messages[0].new_notes[0].map(({ start, pitch, velocity }) => [
          start,
          pitch,
          velocity,
        ]),
        notes(5000).map(({ start, pitch, velocity }) => [start, pitch, velocity]),
      );
      assert.equal(server.asked.filter(({ kind }) => kind === "vary").length, 1);
    }
  });
}

test("no datagram is over 1,400 bytes, whatever the texts", () => {
  const random = seededRandom(5);
  for (let round = 0; round < 200; round += 1) {
    const atoms = Array.from({ length: Math.floor(random() * 900) }, () =>
      random() < 0.2 ? "ä♪x".repeat(Math.floor(random() * 140)) : Math.floor(random() * 1e9),
    );
    const parts = splitAtoms("/reprise/vary", atoms);
    assert.deepEqual(parts.flat(), atoms);
    for (const part of parts) {
      const packet = packPacket("/reprise/vary", [1, 2, 3, 4, ...part]);
      assert.ok(packet.length <= MAX_DATAGRAM_BYTES);
    }
  }
});

test("never more than 16 datagrams are on their way", () => {
  const numbering = new Numbering(1, 0);
  numbering.push(
    "/reprise/vary",
    Array.from({ length: 9000 }, () => 1),
  );
  assert.equal(numbering.outgoing(0).length, 16);
  assert.equal(numbering.outgoing(1).length, 0);
  numbering.receivedAck(3, 2);
  assert.equal(numbering.outgoing(2).length, 3);
});

test("what is lost is sent again at once where two acknowledgements name it", () => {
  const numbering = new Numbering(1, 0);
  numbering.push(
    "/reprise/vary",
    Array.from({ length: 3000 }, () => 1),
  );
  numbering.outgoing(0);
  numbering.receivedAck(2, 1);
  numbering.outgoing(1);
  numbering.receivedAck(2, 2);
  assert.equal(numbering.outgoing(2).length, 0);
  numbering.receivedAck(2, 3);
  assert.deepEqual(
    numbering.outgoing(3).map(({ atoms }) => atoms[1]),
    [2],
  );
});

test("resending backs off to twice a second", () => {
  const numbering = new Numbering(1, 0);
  numbering.push("/reprise/cancel", [1]);
  const times = [];
  for (let now = 0; now <= 3000; now += 1) {
    if (numbering.outgoing(now).length > 0) times.push(now);
  }
  assert.deepEqual(times.slice(0, 6), [0, 30, 90, 210, 450, 930]);
  assert.equal(times[7] - times[6], LAST_RESEND_MS);
});

test("a server that is killed and comes back is asked again, and no result comes twice", () => {
  const world = new World();
  const first = new Server(world, 17765, { answer: (said) => [result(said, 0)] });
  const device = new Device(world);
  device.link.start();
  device.link.ask(vary());
  world.run(1000);
  first.kill();
  world.run(4500);
  const second = new Server(world, 17765, { answer: echo });
  world.run(3000);
  assert.deepEqual(device.states.at(-1), "found");
  assert.deepEqual(
    device.messages.map(({ kind, index }) => [kind, index]),
    [
      ["result", 0],
      ["result", 1],
      ["done", undefined],
    ],
  );
  assert.equal(second.asked.filter(({ kind }) => kind === "vary").length, 1);
});

test("a server that does not come back ends the request with the words that start it", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  const id = device.link.ask(vary());
  world.run(1000);
  server.kill();
  world.run(30_000);
  assert.deepEqual(device.messages, [
    { kind: "error", request_id: id, code: NOT_RUNNING, sentence: MISSING_SENTENCE },
  ]);
  assert.equal(device.link.health.state, "missing");
  const paces = device.paces(40_000, 100_000);
  world.run(70_000);
  assert.ok(paces.every((count) => count <= 1));
});

test("an idle device notices within ten seconds that the server has gone", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  world.run(10_000);
  server.kill();
  world.run(10_000);
  assert.deepEqual(device.states, ["searching", "found", "searching", "missing"]);
});

test("a server that works on one request for a minute is not taken for dead", () => {
  const world = new World();
  new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  device.link.ask(vary());
  world.run(60_000);
  assert.deepEqual(device.states, ["searching", "found"]);
});

test("a host whose thread stood still does not lose its server", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  world.stall(8000);
  world.run(1000);
  assert.deepEqual(device.states, ["searching", "found"]);
  device.link.ask(vary());
  while (device.sent.at(-1).address !== "/reprise/ping") world.run(0.5);
  world.stall(8000);
  world.run(5000);
  assert.deepEqual(device.states, ["searching", "found"]);
  assert.equal(server.sessions.size, 1);
});

test("a system clock that is set back by an hour stops nothing", () => {
  const world = new World();
  let setBackMs = 0;
  new Server(world, 17765, { answer: echo });
  const device = new Device(world, { now: () => 1e12 + world.now - setBackMs });
  device.link.start();
  world.run(1000);
  world.loss = 1;
  device.link.ask(vary());
  world.run(20);
  world.loss = 0;
  setBackMs = 3_600_000;
  world.run(1000);
  assert.deepEqual(kinds(device), ["result", "result", "done"]);
});

test("a computer that slept for a night finds its server again", () => {
  const world = new World();
  const first = new Server(world, 17765, { answer: echo });
  const device = new Device(world);
  device.link.start();
  world.run(1000);
  first.kill();
  world.stall(8 * 3_600_000);
  new Server(world, 17766, { answer: echo });
  world.run(10_000);
  device.link.ask(vary());
  world.run(5000);
  assert.deepEqual(kinds(device), ["result", "result", "done"]);
});

test("a server of another version is said so, and found once it is replaced", () => {
  const world = new World();
  const old = new Server(world, 17766, { version: 2 });
  const device = new Device(world);
  device.link.start();
  world.run(30_000);
  assert.deepEqual(device.states, ["searching", "versions"]);
  assert.ok(device.paces(3000, 30_000).every((count) => count <= 1));
  old.kill();
  world.run(6000);
  assert.equal(device.link.health.state, "missing");
  new Server(world, 17766);
  world.run(10_000);
  assert.deepEqual(device.states, ["searching", "versions", "missing", "found"]);
});

test("a click while versions differ ends with that sentence", () => {
  const world = new World();
  new Server(world, 17765, { version: 2 });
  const device = new Device(world);
  device.link.start();
  world.run(30_000);
  device.link.ask(vary());
  world.run(1000);
  assert.deepEqual(
    device.messages.map(({ code, sentence }) => [code, sentence]),
    [[12, "versions differ"]],
  );
});

test("an answer after cancel is not delivered", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  const id = device.link.ask(vary());
  world.run(1000);
  device.link.cancel(id);
  const [session] = server.sessions.values();
  echo(server.asked.at(-1)).forEach((message) => server.say(session, message));
  world.run(1000);
  assert.deepEqual(server.asked.at(-1), { kind: "cancel", request_id: id });
  assert.deepEqual(device.messages, []);
});

test("what is meant for another session is dropped", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  const id = device.link.ask(vary());
  world.run(1000);
  const nonce = device.link.numbering.nonce;
  const atoms = [id, 30, -1, "stop"];
  device.link.receive("/reprise/error/reply", [nonce + 1, -1, 0, 1, ...atoms]);
  assert.deepEqual(device.messages, []);
  device.link.receive("/reprise/error/reply", [nonce, -1, 0, 1, ...atoms]);
  assert.equal(device.messages.length, 1);
  assert.equal(server.sessions.size, 1);
});

test("whatever comes in, nothing is thrown and little is kept", () => {
  const world = new World();
  new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  world.run(1000);
  const random = seededRandom(3);
  const addresses = ["/reprise/result/reply", "/reprise/ack/reply", "/reprise/sing", "/", ""];
  for (let round = 0; round < 4000; round += 1) {
    if (round % 20 === 0) world.run(50);
    const { nonce, expected } = device.link.numbering;
    const sequence = expected + Math.floor(random() * 60) - 10;
    const atoms = [nonce, sequence, Math.floor(random() * 9), Math.floor(random() * 4000), "x", 7];
    const address = addresses[Math.floor(random() * addresses.length)];
    device.link.receive(address, atoms.slice(0, Math.floor(random() * 7)));
  }
  assert.ok(device.link.numbering.early.size <= 2 * WINDOW);
  assert.ok(device.link.numbering.parts.length <= MAX_PARTS);
  world.run(20_000);
  assert.equal(device.link.health.state, "found");
});

test("an answer that cannot be read ends what waited for it", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  device.link.ask(vary());
  world.run(1000);
  const [session] = server.sessions.values();
  session.numbering.push("/reprise/done/reply", [1, 2]);
  world.run(2000);
  assert.deepEqual(
    device.messages.map(({ kind, code }) => [kind, code]),
    [["error", 13]],
  );
  assert.equal(device.link.health.state, "found");
});

test("a request that cannot be is refused before anything is sent", () => {
  const world = new World();
  new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  world.run(1000);
  assert.throws(() => device.link.ask({ kind: "vary" }), /needs source/);
  assert.equal(device.link.isWaiting, false);
  for (let count = 0; count < 32; count += 1) device.link.ask(vary());
  assert.throws(() => device.link.ask(vary()), /32 requests/);
});

test("a device that is taken out cancels what it asked and falls silent", () => {
  const world = new World();
  const server = new Server(world, 17765);
  const device = new Device(world);
  device.link.start();
  device.link.ask(vary());
  world.run(1000);
  device.link.stop();
  const sent = device.sent.length;
  world.run(60_000);
  assert.equal(server.asked.at(-1).kind, "cancel");
  assert.equal(device.sent.length, sent);
});

test("a link that was never started sends nothing", () => {
  const sent = [];
  const link = new Link({
    ...{ now: () => 0, random: () => 0.5, client: "max-for-live", listen: () => {} },
    ...{ send: (...datagram) => sent.push(datagram), wake: () => {}, onHealth: () => {} },
    onMessage: () => {},
  });
  link.tick();
  link.receive("/reprise/ack/reply", [1, 1]);
  assert.deepEqual(sent, []);
});
