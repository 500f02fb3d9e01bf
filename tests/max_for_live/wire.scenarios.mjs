// The link against the real server over real UDP.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";

import { encodeMessage } from "../../max_for_live/src/core/protocol.js";
import { packPacket, unpackPacket } from "./fake_live/osc_packets.mjs";
import { sharedPort, startServer } from "./fake_live/reprise_server.mjs";
import { WiredLink } from "./fake_live/wired_link.mjs";

const note = (number) => ({
  start: number / 2,
  pitch: 60 + ((number * 5) % 12),
  duration: 0.5,
  velocity: 1 + (number % 127),
});
const score = (count) => ({
  length: Math.max(4, Math.ceil(count / 8) * 4),
  voices: [{ name: "Lead", notes: Array.from({ length: count }, (_, number) => note(number)) }],
});
const vary = (count = 32, more = {}) => ({
  ...{ kind: "vary", engine: "markov", seed: 5, count: 2, source: score(count) },
  ...more,
});
/** Refill of one note: all others go up and come back as they are, in the history. */
const refill = (count) => ({
  ...{ kind: "refill", engine: "markov", seed: 5, notes: [0], source: score(count) },
});
const kinds = (messages) => messages.map(({ kind }) => kind).filter((kind) => kind !== "progress");
const opened = [];
const wired = (settings) => {
  const link = new WiredLink({ serverPorts: [sharedPort()], ...settings });
  opened.push(link);
  return link;
};

/**
 * A scenario; what it opened is closed after it.
 * @param {string} name
 * @param {() => Promise<void>} act
 */
function scenario(name, act) {
  test(name, async () => {
    try {
      await act();
    } finally {
      opened.splice(0).forEach((each) => each.close());
    }
  });
}

/** A socket that hears what comes on a port and answers as a test wants. */
async function neighbour(answer) {
  const socket = createSocket("udp4");
  opened.push(socket);
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  socket.on("message", (packet) => {
    const said = answer(unpackPacket(packet));
    if (said !== undefined) socket.send(packPacket(...said.packet), said.port, "127.0.0.1");
  });
  return socket.address().port;
}

scenario("wire: the server is found and says its engines", async () => {
  const device = wired();
  await device.reach("found");
  const { engines } = device.link.health.welcome;
  assert.ok(engines.some(({ name }) => name === "markov"));
});

scenario("wire: a variation comes with its results and its last word", async () => {
  const device = wired();
  const messages = await device.answers(vary());
  assert.deepEqual(kinds(messages).slice(-3), ["result", "result", "done"]);
});

scenario("wire: what a request cannot be is a sentence", async () => {
  const device = wired();
  const [error] = await device.answers(vary(32, { strength: 7 }));
  assert.deepEqual([error.kind, error.code], ["error", 10]);
  assert.match(error.sentence, /strength must be 0 to 1/);
});

scenario("server not running: a click waits for a server that is being started", async () => {
  const free = await startServer();
  await free.stop();
  const device = wired({ serverPorts: [free.port] });
  await device.reach("missing");
  const answers = device.answers(vary());
  const server = await startServer({ port: free.port });
  try {
    assert.equal(kinds(await answers).at(-1), "done");
  } finally {
    await server.kill();
  }
});

scenario("server killed mid-answer: it is found again and asked again, nothing twice", async () => {
  const first = await startServer();
  const device = wired({ serverPorts: [first.port] });
  await device.reach("found");
  const answers = device.answers(vary(512, { count: 8 }), 60_000);
  await device.until(() => device.messages.some(({ kind }) => kind === "result"), "a result");
  await first.kill();
  const second = await startServer({ port: first.port });
  try {
    const messages = await answers;
    const indexes = messages.filter(({ kind }) => kind === "result").map(({ index }) => index);
    assert.deepEqual(
      [...indexes].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
    assert.equal(messages.at(-1).kind, "done");
    assert.deepEqual(device.states, ["searching", "found", "searching", "found"]);
  } finally {
    await second.kill();
  }
});

scenario("versions differ: the server's own sentence", async () => {
  // The real server, met through somebody who says hello in version 99.
  const real = sharedPort();
  const port = await neighbour(({ address, atoms }) =>
    address === "/reprise/hello"
      ? {
          packet: [address, [...atoms.slice(0, 4), 99, ...atoms.slice(5)]],
          port: real,
        }
      : undefined,
  );
  const device = wired({ serverPorts: [port] });
  await device.reach("versions");
  assert.match(device.link.health.sentence, /version 1 of the protocol, the client version 99/);
  const [error] = await device.answers(vary());
  assert.equal(error.code, 12);
});

scenario("bind failure: no welcome, so the next reply port", async () => {
  const device = wired({ deafPorts: (port, count) => count === 1 });
  await device.reach("found");
  assert.equal(device.wire.listenCount, 2);
});

scenario("bind failure: a reply port that somebody has is left for another", async () => {
  const taken = createSocket("udp4");
  opened.push(taken);
  let asked = 0;
  const device = wired({
    deafPorts: (port, count) => {
      if (count === 1) taken.bind(port, "127.0.0.1");
      asked = count;
      return count === 1;
    },
  });
  await device.reach("found");
  assert.equal(asked, 2);
});

scenario("wire: the server port after others that are silent", async () => {
  const silent = await neighbour(() => undefined);
  const device = wired({ serverPorts: [silent, silent + 1, sharedPort()] });
  await device.reach("found");
});

scenario("wire: a neighbour that answers nonsense is no server", async () => {
  const port = await neighbour(({ address, atoms }) =>
    address === "/reprise/hello"
      ? {
          packet: ["/reprise/hello/reply", [atoms[0], 0, 0, 1, 7, "what", 3]],
          port: Number(atoms[5]),
        }
      : undefined,
  );
  const device = wired({ serverPorts: [port, sharedPort()] });
  await device.until(() => device.link.health.state !== "searching", "a finding");
  assert.equal(device.link.health.state, "versions");
  assert.match(device.link.health.sentence, /same Reprise on both sides/);
});

for (const seed of [1, 2, 3]) {
  scenario(`5 % loss: a variation arrives whole, seed ${seed}`, async () => {
    const device = wired({ loss: 0.05, seed });
    await device.reach("found");
    const messages = await device.answers(vary(256, { count: 8 }));
    const results = messages.filter(({ kind }) => kind === "result");
    assert.deepEqual(
      results.map(({ index }) => index),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
    assert.equal(messages.at(-1).kind, "done");
  });
}

for (const loss of [0, 0.05]) {
  scenario(`wire: 5,000 notes both ways, ${100 * loss} % lost`, async () => {
    const device = wired({ loss });
    await device.reach("found");
    const asked = refill(5000);
    const messages = await device.answers(asked, 60_000);
    const result = messages.find(({ kind }) => kind === "result");
    assert.deepEqual(
      result.kept,
      Array.from({ length: 4999 }, (_, place) => place + 1),
    );
    const wanted = { kind: "history", action: "get", result_id: result.result_id };
    const [reply] = await device.answers(wanted, 60_000);
    const back = reply.score.voices[0].notes;
    const kept = new Set(back.map(({ start, pitch, velocity }) => `${start} ${pitch} ${velocity}`));
    const isThere = ({ start, pitch, velocity }) => kept.has(`${start} ${pitch} ${velocity}`);
    assert.ok(back.length >= 4999);
    assert.ok(asked.source.voices[0].notes.slice(1).every(isThere));
    assert.equal(device.wire.packets.lost > 0, loss > 0);
  });
}

scenario("answer after cancel: nothing of it is delivered", async () => {
  const device = wired();
  await device.reach("found");
  const id = device.link.ask(vary(512, { count: 16 }));
  await device.until(() => device.messages.some(({ kind }) => kind === "result"), "a result");
  device.link.cancel(id);
  const heard = device.messages.length;
  const messages = await device.answers(vary());
  assert.equal(messages.at(-1).kind, "done");
  const late = device.messages.slice(heard).filter(({ request_id }) => request_id === id);
  assert.deepEqual(late, []);
});

scenario("wire: a newer click stops the older one, which says so", async () => {
  const device = wired();
  await device.reach("found");
  const older = device.answers(vary(512, { count: 16 }));
  const newer = device.answers(vary());
  assert.equal((await older).at(-1).code, 30);
  assert.equal((await newer).at(-1).kind, "done");
});

scenario("two devices at once: each has its own answers", async () => {
  const devices = [wired(), wired()];
  await Promise.all(devices.map((device) => device.reach("found")));
  const counts = [3, 5];
  const all = await Promise.all(
    devices.map((device, index) => device.answers(vary(64, { count: counts[index] }))),
  );
  all.forEach((messages, index) => {
    assert.equal(kinds(messages).filter((kind) => kind === "result").length, counts[index]);
  });
});

scenario("device duplicated: nonce and reply port are made on load", async () => {
  const devices = Array.from({ length: 16 }, () => wired());
  await Promise.all(devices.map((device) => device.reach("found")));
  assert.equal(new Set(devices.map(({ wire }) => wire.listensOn)).size, 16);
  assert.equal(new Set(devices.map(({ link }) => link.numbering.nonce)).size, 16);
});

scenario("wire: texts that are said again come as numbers, so that no symbol is new", async () => {
  const device = wired();
  await device.reach("found");
  await device.answers(vary());
  const known = new Set(device.symbols);
  for (let round = 0; round < 10; round += 1) await device.answers(vary(32, { seed: round }));
  const grown = [...device.symbols].filter((symbol) => !known.has(symbol));
  assert.deepEqual(grown, []);
});

scenario("wire: a client that nobody meant does not disturb a session", async () => {
  const device = wired();
  await device.reach("found");
  const hello = { kind: "hello", reply_port: device.wire.listensOn + 1, client: "other" };
  device.wire.send(sharedPort(), "/reprise/hello", [77, 0, 0, 1, ...encodeMessage(hello)]);
  const messages = await device.answers(vary());
  assert.equal(messages.at(-1).kind, "done");
});
