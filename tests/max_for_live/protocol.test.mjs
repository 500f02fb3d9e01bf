import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  InlineTexts,
  NumberedTexts,
  ProtocolError,
  decodeMessage,
  encodeMessage,
  idFromNumber,
  numberFromId,
} from "../../max_for_live/src/core/protocol.js";
import { TABLE } from "../../max_for_live/src/core/protocol_table.js";

const folder = new URL("../fixtures/protocol/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf-8"));
const textsOf = (row) => (row.from === "client" ? new InlineTexts() : new NumberedTexts());

for (const [kind, row] of Object.entries(TABLE.messages)) {
  for (const fixture of read(kind)) {
    test(`${kind}: ${fixture.name} goes to atoms and back`, () => {
      assert.equal(row.address, fixture.address);
      assert.deepEqual(encodeMessage(fixture.plain, textsOf(row)), fixture.atoms);
      assert.deepEqual(decodeMessage(fixture.address, fixture.atoms, textsOf(row)), fixture.plain);
    });
    test(`${kind}: ${fixture.name} cut short is refused`, () => {
      for (let length = 0; length < Math.min(fixture.atoms.length, 120); length += 1) {
        const cut = fixture.atoms.slice(0, length);
        assert.throws(() => decodeMessage(fixture.address, cut, textsOf(row)), ProtocolError);
      }
    });
  }
}

test("keys left out have their defaults", () => {
  const [fixture] = read("vary");
  const { kind, request_id, source } = fixture.plain;
  assert.deepEqual(encodeMessage({ kind, request_id, source }), fixture.atoms);
});

test("unknown keys, missing keys and unknown kinds are refused", () => {
  assert.throws(() => encodeMessage({ kind: "cancel", request_id: 1, soon: true }), /no soon/);
  assert.throws(() => encodeMessage({ kind: "cancel" }), /needs request_id/);
  assert.throws(() => encodeMessage({ kind: "sing" }), /no kind/);
  assert.throws(() => decodeMessage("/reprise/sing", [], new InlineTexts()), /no address/);
});

test("floats are read as the whole numbers that they stand for", () => {
  const said = decodeMessage("/reprise/cancel", [5.0], new InlineTexts());
  assert.deepEqual(said, { kind: "cancel", request_id: 5 });
  assert.throws(() => decodeMessage("/reprise/cancel", [1e10], new InlineTexts()), ProtocolError);
  assert.throws(() => decodeMessage("/reprise/cancel", [NaN], new InlineTexts()), ProtocolError);
});

test("a text comes again as its number only", () => {
  const texts = new NumberedTexts();
  const error = { kind: "error", request_id: 1, code: 10, sentence: "too long" };
  assert.deepEqual(encodeMessage(error, texts), [1, 10, -1, "too long"]);
  assert.deepEqual(encodeMessage(error, texts), [1, 10, 1]);
  const heard = new NumberedTexts();
  assert.throws(() => decodeMessage("/reprise/error/reply", [1, 10, 1], heard), /never said/);
});

test("result ids are numbers of 30 bits", () => {
  assert.equal(idFromNumber(numberFromId("7F3K2M")), "7F3K2M");
  assert.equal(numberFromId("000001"), 1);
  assert.throws(() => numberFromId("7F3K2"), ProtocolError);
  assert.throws(() => idFromNumber(2 ** 30), ProtocolError);
});
