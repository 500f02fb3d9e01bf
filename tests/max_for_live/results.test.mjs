import assert from "node:assert/strict";
import { test } from "node:test";

import { Results } from "../../max_for_live/src/core/results.js";

const ID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const idOf = (number) => `7F3${ID[(number >> 10) & 31]}${ID[(number >> 5) & 31]}${ID[number & 31]}`;
const result = (number, more = {}) => ({
  ...{ resultId: idOf(number), clipId: 1000 + number, name: `v${number} Bass #${number}` },
  ...{ change: 42, noteCount: 31, isStarred: false, isKept: false, mark: "m", ...more },
});
const click = (number, results) => ({
  ...{ number, verb: "vary", originalId: 7, originalName: "Bass", results },
});
const everything = () => true;
const filled = (clickCount, each = 8) => {
  const results = new Results();
  for (let number = 0; number < clickCount; number += 1) {
    results.add(
      click(
        number,
        Array.from({ length: each }, (_, index) => result(number * each + index)),
      ),
    );
  }
  return results;
};

test("next and previous go round over the original and the results", () => {
  const results = filled(1, 3);
  const heard = [];
  for (let press = 0; press < 4; press += 1) {
    results.step(1, everything);
    heard.push(results.index);
  }
  results.step(-1, everything);
  assert.deepEqual([...heard, results.index], [1, 2, 3, 0, 3]);
});

test("what is gone from the Set is passed over", () => {
  const results = filled(1, 3);
  results.step(1, (clipId) => clipId !== 1000);
  assert.equal(results.heard.clipId, 1001);
  assert.equal(
    results.step(1, () => false),
    false,
  );
});

test("results that come later belong to their click", () => {
  const results = new Results();
  results.add(click(1, [result(1)]));
  results.step(1, everything);
  results.add(click(1, [result(2), result(3)]));
  assert.deepEqual([results.list.length, results.index], [3, 1]);
  results.add(click(2, [result(4)]));
  assert.deepEqual([results.list.length, results.index], [1, 0]);
});

test("what is heard stays heard when others go", () => {
  const results = filled(1, 4);
  for (let press = 0; press < 3; press += 1) results.step(1, everything);
  const { heard } = results;
  results.remove(new Set(results.list.slice(0, 2)));
  assert.equal(results.heard, heard);
  assert.equal(results.index, 1);
});

test("a result knows its original and all that came with it", () => {
  const results = filled(2, 3);
  assert.deepEqual(results.lineage(1004, "renamed"), {
    ...{ resultId: idOf(4), originalId: 7, verb: "vary", otherIds: [idOf(3), idOf(4), idOf(5)] },
  });
  assert.equal(results.lineage(7, "Bass"), null);
  assert.equal(results.lineage(5, "v1 Bass #1"), null);
});

test("an answer written into the clip itself is no clip of ours", () => {
  const results = new Results();
  results.add(click(1, [result(1, { clipId: 7 })]));
  assert.equal(results.lineage(7, "Bass"), null);
});

test("what is saved comes back, newest first, without ids of the Set", () => {
  const results = filled(2, 3);
  results.list[1].isStarred = true;
  const again = new Results();
  again.restore(JSON.parse(JSON.stringify(results.saved())));
  assert.deepEqual(
    again.all.map(({ resultId, isStarred, clipId }) => [resultId, isStarred, clipId]),
    results.all.map(({ resultId, isStarred }) => [resultId, isStarred, 0]),
  );
  assert.equal(again.lineage(55, "v4 Bass #4").resultId, idOf(4));
});

test("what is saved is bounded, and starred results stay longest", () => {
  const results = filled(60, 16);
  results.all.forEach((one) => (one.name = "ü".repeat(60)));
  results.list[0].isStarred = true;
  const old = results.earlier[0];
  old.isStarred = true;
  const saved = results.saved();
  assert.ok(Buffer.byteLength(JSON.stringify(saved)) <= 3000);
  assert.ok(saved.results.some(([resultId]) => resultId === old.resultId));
  assert.ok(results.all.length <= 64 + 8 * 16);
});

test("a long name keeps both its ends, by which its clip is known again", () => {
  const results = new Results();
  const name = `v1 ${"Bass with a very long name ".repeat(4)} #7F3K`;
  results.add(click(1, [result(1, { name })]));
  const again = new Results();
  again.restore(results.saved());
  assert.match(again.all[0].name, /^v1 Bass.* #7F3K$/);
  assert.ok(again.all[0].name.length <= 40);
  assert.equal(again.lineage(99, name).resultId, idOf(1));
});

test("the list to recall from is short, whatever one did", () => {
  const results = filled(60, 16);
  assert.equal(results.remembered.length, 40);
  assert.equal(results.remembered[0], results.list.at(-1));
});

test("what was saved by nobody counts for nothing", () => {
  const results = new Results();
  for (const saved of [undefined, null, 3, {}, { results: 5 }, { results: [7, ["x"], [null]] }]) {
    results.restore(saved);
    assert.deepEqual(results.all, []);
  }
});

test("restoring what is known already brings it no second time", () => {
  const results = filled(1, 3);
  results.restore(results.saved());
  assert.equal(results.all.length, 3);
});
