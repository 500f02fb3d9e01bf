import assert from "node:assert/strict";
import { test } from "node:test";

import { Audition } from "../../max_for_live/src/adapter/audition.js";
import { FakeLive } from "./fake_live/fake_live.mjs";

const NOTES = [0, 1, 2, 3].map((start) => ({ start_time: start, pitch: 60 + start, duration: 1 }));
const OWN = { legato: 0, launch_quantization: 4, launch_mode: 2 };

/** A Set with a source clip and results of it, as they are after a click. */
class Stage {
  constructor({ count = 3, settings = OWN, verb = "vary" } = {}) {
    this.live = new FakeLive({ scenes: 12 });
    this.track = this.live.addTrack({ name: "Bass" });
    this.other = this.live.addTrack({ name: "Pad" });
    const device = this.live.addReprise(this.track);
    this.live.ready = true;
    globalThis.LiveAPI = this.live.apiFor(device);
    const clip = { name: "Bass", notes: NOTES, loop_end: 4, ...settings };
    this.original = this.live.addClip(this.track, 0, clip);
    const home = verb === "accompany" ? this.other : this.track;
    this.clips = Array.from({ length: count }, (_, index) =>
      this.live.addClip(home, index + 2, { ...clip, name: `v${index + 1} Bass #7F3${index}` }),
    );
    this.said = [];
    this.shown = [];
    this.rows = [];
    this.asked = [];
    this.tasks = [];
    this.savedCount = 0;
    this.audition = new Audition({
      say: (sentence) => this.said.push(sentence),
      show: (...numbers) => this.shown.push(numbers),
      changed: () => (this.savedCount += 1),
      menu: (action, value) => {
        if (action === "clear") this.rows = [];
        if (action === "append") this.rows.push(value);
      },
      ask: (request, onReply) => this.asked.push({ request, onReply }),
      schedule: (ms, act) => {
        const task = { ms, act };
        this.tasks.push(task);
        return () => (this.tasks = this.tasks.filter((one) => one !== task));
      },
    });
    this.audition.ready();
    this.audition.landed({
      ...{ clickNumber: 1, verb, originalId: this.original.id, originalName: "Bass" },
      results: this.clips.map((one, index) => ({
        ...{ resultId: `7F3${index}AB`, clipId: one.id, name: one.properties.name },
        ...{ change: 40 + index, noteCount: 30 + index },
      })),
    });
    this.later();
  }

  /** Let everything happen that was put off. */
  later() {
    while (this.tasks.length > 0) this.tasks.shift().act();
  }

  get playing() {
    return this.live.get(this.live.get(this.track.properties.playingSlot)?.ones.clip ?? 0);
  }

  settingsOf(clip) {
    return Object.fromEntries(Object.keys(OWN).map((name) => [name, clip.properties[name]]));
  }

  get lastSaid() {
    return this.said.at(-1);
  }
}

test("next goes on in the next result where the last one was, at once", () => {
  const stage = new Stage();
  stage.live.user.play(stage.track, 0);
  stage.live.advance(2.3);
  stage.audition.next();
  assert.equal(stage.playing, stage.clips[0]);
  assert.ok(Math.abs(stage.live.playingPosition(stage.clips[0]) - 2.3) < 1e-9);
  stage.live.advance(0.5);
  stage.audition.next();
  assert.equal(stage.playing, stage.clips[1]);
  assert.ok(Math.abs(stage.live.playingPosition(stage.clips[1]) - 2.8) < 1e-9);
  stage.later();
  stage.live.verify();
});

test("previous comes back to the original in sync", () => {
  const stage = new Stage();
  stage.live.user.play(stage.track, 0);
  stage.live.advance(1.25);
  stage.audition.next();
  stage.live.advance(1);
  stage.audition.previous();
  assert.equal(stage.playing, stage.original);
  assert.ok(Math.abs(stage.live.playingPosition(stage.original) - 2.25) < 1e-9);
  assert.deepEqual(stage.shown.at(-1), [0, 3, 0, 0]);
});

test("every clip has its own launch settings back, however fast one presses", () => {
  const stage = new Stage();
  stage.live.user.play(stage.track, 0);
  for (let press = 0; press < 9; press += 1) stage.audition.next();
  const borrowing = stage.live.deviceSteps.length;
  stage.later();
  assert.deepEqual([borrowing, stage.live.deviceSteps.length], [9, 10]);
  for (const clip of [stage.original, ...stage.clips]) {
    assert.deepEqual(stage.settingsOf(clip), OWN);
  }
  stage.live.verify();
});

test("a device that is taken out leaves no clip with settings that are not its own", () => {
  const stage = new Stage();
  stage.live.user.play(stage.track, 0);
  stage.audition.next();
  assert.notDeepEqual(stage.settingsOf(stage.clips[0]), OWN);
  stage.audition.close();
  assert.deepEqual(stage.settingsOf(stage.clips[0]), OWN);
});

test("discard puts launch settings back in the undo step in which it takes clips away", () => {
  const stage = new Stage();
  stage.live.user.play(stage.track, 0);
  stage.audition.next();
  const before = stage.live.deviceSteps.length;
  stage.audition.discard();
  stage.later();
  assert.equal(stage.live.deviceSteps.length, before + 1);
  assert.deepEqual(stage.settingsOf(stage.clips[0]), OWN);
});

test("clips that launch in sync by themselves are not written to", () => {
  const settings = { legato: 1, launch_quantization: 1, launch_mode: 0 };
  const stage = new Stage({ settings });
  stage.live.user.play(stage.track, 0);
  stage.audition.next();
  stage.later();
  assert.equal(stage.playing, stage.clips[0]);
  assert.deepEqual(stage.live.deviceSteps, []);
});

test("where nothing of the track plays, the clip begins when Live would let it", () => {
  const stage = new Stage();
  stage.live.user.play(stage.other, 0);
  stage.live.song.properties.is_playing = 1;
  stage.live.advance(1.5);
  stage.audition.next();
  assert.equal(stage.playing, null);
  stage.live.advance(4);
  assert.equal(stage.playing, stage.clips[0]);
  assert.deepEqual(stage.settingsOf(stage.clips[0]), OWN);
});

test("while the song stands, next shows the result and starts nothing", () => {
  const stage = new Stage();
  stage.audition.next();
  assert.equal(stage.playing, null);
  assert.equal(stage.live.view.ones.detail_clip, stage.clips[0].id);
  assert.deepEqual(stage.shown.at(-1), [1, 3, 40, 30]);
  assert.deepEqual(stage.live.deviceSteps, []);
});

test("a result that was deleted is passed over", () => {
  const stage = new Stage();
  stage.live.user.deleteClip(stage.clips[0]);
  stage.audition.next();
  assert.equal(stage.audition.heard().resultId, "7F31AB");
});

test("before any click the buttons say what to do", () => {
  const stage = new Stage({ count: 0 });
  for (const press of ["next", "previous", "discard", "keep", "star"]) {
    stage.said = [];
    stage.audition[press]();
    assert.equal(stage.said.length, 1);
  }
  assert.equal(stage.audition.heard(), null);
});

test("discard takes the other results away in one undo step", () => {
  const stage = new Stage({ count: 4 });
  stage.audition.next();
  stage.audition.discard();
  assert.equal(stage.live.deviceSteps.length, 1);
  assert.deepEqual(
    [0, 2, 3, 4, 5].map((row) => stage.live.clipAt(stage.track, row)?.id ?? 0),
    [stage.original.id, stage.clips[0].id, 0, 0, 0],
  );
  assert.match(stage.lastSaid, /Discarded 3/);
  assert.deepEqual(stage.shown.at(-1), [1, 1, 40, 30]);
  stage.live.user.undo();
  assert.ok(stage.live.clipAt(stage.track, 4) !== null);
  stage.live.verify();
});

test("discard leaves alone what was kept, edited, renamed, or plays", () => {
  const stage = new Stage({ count: 6 });
  const [kept, edited, renamed, playing, doomed, heard] = stage.clips;
  stage.audition.next();
  stage.audition.keep();
  stage.live.user.editNotes(edited, (notes) => notes.map((note) => ({ ...note, velocity: 3 })));
  stage.live.user.change(renamed, "name", "mine");
  stage.live.user.play(stage.track, 5);
  stage.live.advance(4);
  assert.equal(stage.playing, playing);
  stage.audition.previous();
  stage.audition.previous();
  stage.live.advance(4);
  stage.live.user.play(stage.track, 5);
  stage.live.advance(4);
  stage.later();
  stage.audition.discard();
  const left = [kept, edited, renamed, playing, doomed, heard].map(({ id }) =>
    Number(stage.live.get(id) !== null),
  );
  assert.deepEqual(left, [1, 1, 1, 1, 0, 1]);
  assert.match(stage.lastSaid, /Discarded 1\. 3 /);
});

test("discard never takes the source, also where an answer was written into it", () => {
  const stage = new Stage({ count: 0 });
  stage.audition.landed({
    ...{ clickNumber: 2, verb: "refill", originalId: stage.original.id, originalName: "Bass" },
    results: [
      { resultId: "7F3AAA", clipId: stage.original.id, name: "Bass", change: 1, noteCount: 4 },
    ],
  });
  stage.later();
  stage.audition.discard();
  assert.equal(stage.live.clipAt(stage.track, 0), stage.original);
});

test("keep stars the result in the server's history and says so in the menu", () => {
  const stage = new Stage();
  stage.audition.next();
  stage.audition.keep();
  assert.deepEqual(stage.asked.at(-1).request, {
    ...{ kind: "history", action: "star", result_id: "7F30AB" },
  });
  assert.deepEqual(stage.rows, ["Recall", "v3 Bass #7F32", "v2 Bass #7F31", "* v1 Bass #7F30"]);
  stage.audition.star();
  assert.equal(stage.asked.at(-1).request.action, "unstar");
});

test("the new part of an accompaniment comes and goes beside the source", () => {
  const stage = new Stage({ verb: "accompany" });
  stage.live.user.play(stage.track, 0);
  stage.live.advance(1);
  const part = () =>
    stage.live.get(stage.live.get(stage.other.properties.playingSlot)?.ones.clip ?? 0);
  stage.audition.next();
  stage.live.advance(4);
  assert.equal(part(), stage.clips[0]);
  assert.equal(stage.playing, stage.original);
  stage.audition.previous();
  stage.live.advance(4);
  assert.equal(part(), null);
  assert.equal(stage.playing, stage.original);
});

test("recall of a result that is in the Set goes to its clip", () => {
  const stage = new Stage();
  stage.audition.recall(1);
  assert.equal(stage.live.view.ones.detail_clip, stage.clips[2].id);
  assert.deepEqual(stage.asked, []);
});

test("the menu's title recalls nothing", () => {
  const stage = new Stage();
  stage.audition.recall(0);
  stage.audition.recall(99);
  assert.deepEqual(stage.said, []);
});

test("recall of a deleted result writes it anew, in one undo step, in an empty row", () => {
  const stage = new Stage();
  stage.live.user.deleteClip(stage.clips[2]);
  stage.live.user.select(stage.original);
  stage.audition.recall(1);
  const { request, onReply } = stage.asked.at(-1);
  assert.deepEqual(request, { kind: "history", action: "get", result_id: "7F32AB" });
  onReply({
    kind: "history_reply",
    entries: [{ verb: "vary" }],
    score: {
      length: 7,
      meter_map: { changes: [[0, { numerator: 7, denominator: 8 }]] },
      voices: [{ notes: [wireNote(0, 50), wireNote(6.5, 51)] }],
    },
  });
  const clip = stage.live.clipAt(stage.track, 1);
  assert.deepEqual(
    clip.properties.notes.map(({ start_time: start, pitch }) => [start, pitch]),
    [
      [0, 50],
      [6.5, 51],
    ],
  );
  const { name, signature_numerator: numerator, loop_end: end } = clip.properties;
  assert.deepEqual([name, numerator, end], ["v3 Bass #7F32", 7, 7]);
  assert.equal(stage.live.deviceSteps.length, 1);
  stage.live.verify();
});

test("after the Set was opened again, recall goes to the clip where it is still there", () => {
  const stage = new Stage();
  const saved = JSON.parse(JSON.stringify(stage.audition.saved()));
  stage.live.reopen();
  stage.live.ready = true;
  stage.live.user.highlight(stage.track, 0);
  const again = new Audition(stage.audition.host);
  again.restore(saved);
  again.recall(1);
  assert.equal(stage.live.view.ones.detail_clip, stage.clips[2].id);
  assert.deepEqual([stage.asked, stage.live.deviceSteps], [[], []]);
});

test("what the server no longer has is said, and nothing is written", () => {
  const stage = new Stage();
  stage.live.user.deleteClip(stage.clips[2]);
  stage.audition.recall(1);
  stage.asked.at(-1).onReply({ kind: "error", code: 22, sentence: "the history holds no 7F32AB" });
  assert.equal(stage.lastSaid, "the history holds no 7F32AB");
  assert.deepEqual(stage.live.deviceSteps, []);
});

test("recall where no MIDI track is selected says where to go", () => {
  const stage = new Stage();
  stage.live.user.deleteClip(stage.clips[2]);
  stage.live.user.highlight(stage.live.addTrack({ kind: "audio" }), 0);
  stage.live.user.select(null);
  stage.audition.recall(1);
  stage.asked.at(-1).onReply({
    ...{ kind: "history_reply", entries: [{ verb: "vary" }] },
    score: { length: 4, meter_map: { changes: [] }, voices: [{ notes: [] }] },
  });
  assert.match(stage.lastSaid, /MIDI track/);
  assert.deepEqual(stage.live.deviceSteps, []);
});

test("after the Set was opened again, the menu is there and recall asks the server", () => {
  const stage = new Stage();
  const saved = JSON.parse(JSON.stringify(stage.audition.saved()));
  stage.live.reopen();
  stage.live.ready = true;
  const again = new Audition({
    ...stage.audition.host,
    ...{ menu: (action, value) => action === "append" && stage.rows.push(value) },
  });
  stage.rows = [];
  again.restore(saved);
  assert.deepEqual(stage.rows.slice(0, 2), ["Recall", "v3 Bass #7F32"]);
  stage.live.user.highlight(stage.other, 0);
  again.recall(1);
  assert.equal(stage.asked.at(-1).request.result_id, "7F32AB");
  assert.equal(again.resultOf(stage.clips[1].id, "v2 Bass #7F31").resultId, "7F31AB");
});

const wireNote = (start, pitch) => ({
  ...{ start, pitch, duration: 0.5, velocity: 90, probability: 1, velocity_deviation: 0 },
  ...{ release_velocity: 64, is_muted: false, channel: 0 },
});
