// The Bars strip: what a click and a drag mark, and that it can paint whatever it is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";

import { devicePatcher } from "./fake_live/device_code.mjs";

const DEVICE = new URL("../../max_for_live/device/Reprise.amxd", import.meta.url);
const strip = devicePatcher(DEVICE).boxes.find(({ box }) => box.maxclass === "v8ui").box;

/** A strip 134 pixels wide, 120 of them for cells, with what it says and paints. */
function opened() {
  const said = [];
  const painted = [];
  const drawing = { size: [134, 34] };
  const mgraphics = new Proxy(drawing, {
    get: (known, name) =>
      known[name] ??
      ((...values) => {
        const isWhole = values.every((value) => typeof value === "string" || Number.isFinite(value));
        if (!isWhole) throw new Error(`${String(name)}(${values})`);
        painted.push([name, ...values]);
      }),
  });
  const context = vm.createContext({
    mgraphics,
    max: { getcolor: () => [0.1, 0.2, 0.3, 1] },
    outlet: (_, ...atoms) => said.push(atoms),
  });
  vm.runInContext(strip.textfile.text, context);
  return { context, said, painted, texts: () => painted.filter(([name]) => name === "show_text") };
}

test("a click marks a bar, the next click lets it go", () => {
  const { context, said } = opened();
  context.barstate(0, 0, 0, 0);
  context.onclick(14 + 45);
  context.ondrag(14 + 45, 5, 0);
  context.onclick(14 + 45);

  assert.deepEqual(said, [
    ["bars", 1, 1],
    ["bars", 1, 0],
  ]);
});

test("a drag does to all bars that it meets what the click did, and says each once", () => {
  const { context, said } = opened();
  context.barstate(0, 0, 1, 0);
  context.onclick(20);
  for (const x of [30, 50, 55, 80, 110, 133]) context.ondrag(x, 5, 1);
  context.ondrag(133, 5, 0);

  assert.deepEqual(said, [
    ["bars", 0, 1],
    ["bars", 1, 1],
    ["bars", 3, 1],
  ]);
});

test("beside the bars nothing is marked", () => {
  const { context, said } = opened();
  context.onclick(60);
  context.barstate(0, 0);
  context.onclick(3);
  context.onclick(500);
  context.ondrag(60, 5, 1);

  assert.deepEqual(said, []);
});

test("64 cells, an empty clip, unknown lights and any progress can be painted", () => {
  const { context, texts } = opened();
  context.paint();
  for (const light of [0, 1, 2, 3, 4, 5, 99]) {
    context.light(light);
    context.barstate(...Array.from({ length: 64 }, (_, cell) => cell % 2));
    context.barnotes(...Array.from({ length: light }, () => 0));
    context.busy(light);
    context.anything("line", "words");
    context.paint();
  }

  assert.equal(texts().length, 0);
});

test("wide cells show the number of their first bar", () => {
  const { context, texts } = opened();
  context.barstate(0, 0, 0);
  context.bargroup(4);
  context.paint();

  assert.deepEqual(
    texts().map(([, text]) => text),
    ["1", "5", "9"],
  );
});
