// What Max does not take, planted one by one in a script: a fake that lets one pass proves nothing.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";

import { FakeMax } from "./fake_live/fake_max.mjs";
import { FakeWire, seededRandom } from "./fake_live/fake_wire.mjs";
import { packPacket, unpackPacket } from "./fake_live/osc_packets.mjs";

const SCRIPT = "function closing() {}\n";
const FAULTS = {
  "an outlet that is not there": 'outlet(1, ["line", "x"])',
  "an atom that is no number": 'outlet(0, ["busy", NaN])',
  "an atom that is infinite": 'outlet(0, ["busy", Infinity])',
  "an atom that is undefined": 'outlet(0, ["busy", undefined])',
  "an atom that is a truth value": 'outlet(0, ["busy", true])',
  "an atom that is an object": 'outlet(0, ["busy", {}])',
  "a message of 40,000 atoms": 'outlet(0, ["save"].concat(new Array(40000).fill(1)))',
  "a comma on the line": 'outlet(0, ["line", "one,", "two"])',
  "a semicolon on the line": 'outlet(0, ["line", "one;"])',
  "a dollar on the line": 'outlet(0, ["show", "$1"])',
  "a datagram of more than udpsend takes":
    'outlet(0, ["port", 9]); outlet(0, ["udp", "/x"].concat(new Array(2000).fill(1)))',
  "a number of more than 32 bits": 'outlet(0, ["port", 9]); outlet(0, ["udp", "/x", 3000000000])',
  setTimeout: "setTimeout(function () {}, 1)",
  console: 'console.log("x")',
  require: 'require("fs")',
  fetch: 'fetch("http://127.0.0.1")',
  "performance, which browsers have": "performance.now()",
};

for (const [fault, code] of Object.entries(FAULTS)) {
  test(`the fake Max refuses ${fault}`, async () => {
    const max = new FakeMax({ code: `${SCRIPT} function press() { ${code}; }` });
    await assert.rejects(max.message("press"));
    assert.throws(() => max.close());
  });
}

test("the fake Max refuses a message that the script has no function for", async () => {
  const max = new FakeMax({ code: SCRIPT });
  await assert.rejects(max.message("sing"), /no function sing/);
  assert.throws(() => max.close());
});

test("the fake Max tells of an error in a Task, where nobody waits for it", async () => {
  const code = `${SCRIPT} function press() { new Task(function () { nothing.at.all; }).schedule(1); }`;
  const max = new FakeMax({ code });
  await max.message("press");
  await assert.rejects(
    max.until(() => false, "a task"),
    /nothing is not defined/,
  );
  assert.throws(() => max.close());
});

test("messages are turns of the main thread, in order", async () => {
  const threads = [];
  const live = { thread: "main", endTurn: () => threads.push("end") };
  const code = `${SCRIPT} function press(name) { told(name); }`;
  const max = new FakeMax({
    ...{ code, live },
    globals: () => ({ told: (name) => threads.push(`${name} ${live.thread}`) }),
  });
  max.message("press", "one");
  await max.message("press", "two");
  max.messageFromScheduler("press", "three");
  assert.deepEqual(threads, ["one main", "end", "two main", "end", "three scheduler"]);
  max.close();
});

test("a task that was called off does not run", async () => {
  const code = `${SCRIPT} var task = new Task(function () { outlet(0, ["ran"]); });
    function press() { task.schedule(5); task.cancel(); }`;
  const max = new FakeMax({ code });
  await max.message("press");
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(max.sent, []);
  max.close();
});

test("datagrams are OSC, back and forth", () => {
  const atoms = [1, -5, 2 ** 31 - 1, 0.5, "", "abc", "Übung ♪"];
  const packet = packPacket("/reprise/x", atoms);
  assert.equal(packet.length % 4, 0);
  assert.deepEqual(unpackPacket(packet), { address: "/reprise/x", atoms });
});

test("the wire loses as many datagrams as it is told to", () => {
  const random = seededRandom(1);
  const lost = Array.from({ length: 10_000 }, () => random() < 0.05).filter(Boolean).length;
  assert.ok(lost > 400 && lost < 600);
});

test("a port that another program has is silent, as in Max", async () => {
  const other = createSocket("udp4");
  await new Promise((resolve) => other.bind(0, "127.0.0.1", resolve));
  const heard = [];
  const wire = new FakeWire({ onPacket: (address) => heard.push(address) });
  wire.listen(other.address().port);
  await new Promise((resolve) => setTimeout(resolve, 30));
  wire.send(other.address().port, "/x", [1]);
  await new Promise((resolve) => other.once("message", resolve));
  assert.deepEqual(heard, []);
  wire.close();
  other.close();
});
