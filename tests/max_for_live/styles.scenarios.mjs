// In the style of a corpus: the Style menu, what it greys, what is asked and what the line says: the
// built device, the strict fake Live, the real server over real UDP.

import assert from "node:assert/strict";

import { bassSet, clipsBelow, scenario } from "./fake_live/scenario.mjs";
import { bassNotes } from "./fake_live/stage.mjs";

/** Buttons that are grey, by the protocol's names. */
const grey = (stage) => {
  const able = new Map(stage.max.all("able"));
  return [...able.keys()].filter((verb) => able.get(verb) === 0).sort();
};

/** The row that a menu shows. */
const shown = (stage, menu) => {
  const said = stage.max
    .all("menu")
    .filter(([name, action]) => name === menu && action === "set");
  return stage.rows(menu)[said.at(-1)[2]];
};

const isMine = (row) => row === "mine";

/** A device beside a clip that was just learnt, and the corpus chosen. */
async function pupil(tools, settings = {}) {
  const set = bassSet({ name: "Riff", notes: bassNotes(8).slice(2) });
  const stage = await tools.open(set.live, set.bass, {
    engine: "Ensemble",
    ...settings,
  });
  await stage.max.message("press", "learn");
  await stage.max.until(
    () => /in mine/.test(stage.line),
    "the clip to be learnt",
  );
  await stage.choose("style", isMine);
  return { ...set, stage };
}

scenario(
  "style: a corpus that was just made comes into the menu, and results take after it",
  async (tools) => {
    const { live, bass, stage } = await pupil(tools);
    assert.equal(shown(stage, "style"), "mine");
    assert.match(
      stage.line,
      /nearest clips of mine\. Ensemble cannot Morph or Develop in the style of mine$/,
    );

    await stage.set({ count: 1, change: 35 });
    const written =
      /^Wrote 1 variation: scene \d+ · \d+ new notes? · after [^·]*[0-9a-f]{10}\.mid$/;
    assert.match(await stage.click("vary"), written);

    assert.equal(clipsBelow(live, bass).length, 1);
    assert.equal(live.deviceSteps.length, 1);
  },
);

scenario(
  "style: what the model cannot do in it is grey and a sentence, nothing is asked",
  async (tools) => {
    const { live, bass, stage } = await pupil(tools);
    assert.deepEqual(grey(stage), ["develop", "morph"]);

    const refusal = await stage.click("develop");
    assert.match(
      refusal,
      /^Ensemble cannot Develop in the style of mine\. It can Vary · /,
    );
    assert.match(refusal, /Choose None at Style or another model$/);
    assert.ok(
      stage.max.all("busy").every(([percent]) => percent === -1),
      "nothing was asked",
    );
    assert.equal(clipsBelow(live, bass).length, 0);

    await stage.choose("model", (row) => row === "From the Clip");
    assert.equal(grey(stage).length, 7);
    assert.match(
      await stage.click("vary"),
      /^From the Clip cannot Vary in the style of mine/,
    );
  },
);

scenario(
  "style: results that take after nobody all the same say so",
  async (tools) => {
    const { stage } = await pupil(tools);
    await stage.set({ count: 1, change: 100 });

    assert.match(await stage.click("vary"), / · after no clip of mine$/);
  },
);

scenario(
  "style: None asks as ever, and the line says nothing of a style",
  async (tools) => {
    const { stage } = await pupil(tools);
    await stage.choose("style", (row) => row === "None");
    await stage.set({ count: 1 });

    assert.deepEqual(grey(stage), []);
    assert.doesNotMatch(await stage.click("vary"), / after /);
  },
);

scenario("style: Auto is answered by who can", async (tools) => {
  const { stage } = await pupil(tools, { engine: "Auto" });
  assert.deepEqual(grey(stage), ["develop", "morph"]);
  await stage.set({ count: 1 });

  assert.match(await stage.click("refill"), / after /);
});

scenario(
  "style: it is saved with the Set; a corpus that is gone stays chosen and is refused in words",
  async (tools) => {
    const { stage } = await pupil(tools);
    const saved = stage.max.last("save");
    stage.close();
    const again = bassSet();
    const reopened = await tools.open(again.live, again.bass, {
      state: saved,
      engine: "Ensemble",
    });
    await reopened.max.until(
      () => shown(reopened, "style") === "mine",
      "the corpus to be shown",
    );

    const state = { engine: "ensemble", style: "gone", results: [] };
    const lost = bassSet();
    const third = await tools.open(lost.live, lost.bass, {
      state: [...Buffer.from(JSON.stringify(state))],
      engine: "Ensemble",
    });
    await third.max.until(
      () => shown(third, "style") === "gone",
      "the lost corpus to be shown",
    );
    assert.match(
      await third.click("vary"),
      /there is no corpus 'gone' · there are: .*mine/,
    );
    assert.equal(clipsBelow(lost.live, lost.bass).length, 0);
  },
);
