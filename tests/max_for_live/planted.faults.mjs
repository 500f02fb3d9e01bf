// What Live refuses, planted one by one: a fake that lets one of them pass proves nothing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeLive } from "./fake_live/fake_live.mjs";
import { bassNotes } from "./fake_live/stage.mjs";

/** A Set with one of everything, and the LiveAPI of a device in it. */
function aSet() {
  const live = new FakeLive({ scenes: 3 });
  const bass = live.addTrack({ name: "Bass" });
  const vox = live.addTrack({ name: "Vox", kind: "audio" });
  const group = live.addTrack({ name: "Group", kind: "group" });
  const frozen = live.addTrack({ name: "Frozen", frozen: true });
  const clip = live.addClip(bass, 0, { name: "Line", loop_end: 8, notes: bassNotes(8) });
  live.addClip(vox, 0, { name: "Take", is_midi_clip: 0 });
  live.addClip(frozen, 0, { name: "Cold", loop_end: 4, notes: bassNotes(4) });
  live.addArrangementClip(bass, 0, { name: "Song", loop_end: 4 });
  live.user.select(clip);
  live.ready = true;
  const LiveAPI = live.apiFor(live.addReprise(bass));
  const open = (path) => new LiveAPI(path);
  const slot = (track, row) => open(`live_set tracks ${track} clip_slots ${row}`);
  return { live, bass, vox, group, frozen, clip, LiveAPI, open, slot };
}

const NOTE = { pitch: 60, start_time: 0, duration: 1 };
const detail = ({ open }) => open("live_set view detail_clip");
const add = (set, note) => detail(set).call("add_new_notes", { notes: [{ ...NOTE, ...note }] });

/** Misuse: throws at once. */
const MISUSE = {
  "LiveAPI before live.thisdevice": (set) => {
    set.live.ready = false;
    set.open("live_set");
  },
  "LiveAPI from the scheduler's thread": (set) => {
    set.live.thread = "scheduler";
    set.open("live_set");
  },
  "a call from the scheduler's thread": (set) => {
    const song = set.open("live_set");
    set.live.thread = "scheduler";
    song.get("tempo");
  },
  "a quoted path": ({ open }) => open('"live_set"'),
  "a child that does not exist": ({ open }) => open("live_set songs 0"),
  "a property that does not exist": ({ open }) => open("live_set").get("bpm"),
  "a property that is only read": (set) => detail(set).set("has_envelopes", 1),
  "a function that does not exist": (set) => detail(set).call("get_notes"),
  "a value that is no number": (set) => detail(set).set("loop_end", NaN),
  "an object that is gone": (set) => {
    const clip = detail(set);
    set.live.user.deleteClip(set.clip);
    clip.get("name");
  },
  "id 0": ({ open }) => open("id 0").get("name"),
  "an observer of what cannot be observed": ({ LiveAPI }) => {
    new LiveAPI(() => {}, "live_set view").property = "highlighted_clip_slot";
  },
  "an observer without a callback": ({ open }) => {
    open("live_set view").property = "detail_clip";
  },
  "a write inside a notification": ({ LiveAPI, live }) => {
    const view = new LiveAPI(() => view?.set("detail_clip", "id 0"), "live_set view");
    view.property = "detail_clip";
    live.user.select(null);
  },
  "an undo step inside a notification": ({ LiveAPI, open, live }) => {
    const song = open("live_set");
    let isOn = false;
    const view = new LiveAPI(() => isOn && song.call("begin_undo_step"), "live_set view");
    view.property = "detail_clip";
    isOn = true;
    live.user.select(null);
  },
  "note_id in add_new_notes": (set) => add(set, { note_id: 3 }),
  "a note without a pitch": (set) => add(set, { pitch: undefined }),
  "a note on pitch 128": (set) => add(set, { pitch: 128 }),
  "a note between two pitches": (set) => add(set, { pitch: 60.5 }),
  "a note of no duration": (set) => add(set, { duration: 0 }),
  "a note of velocity 0": (set) => add(set, { velocity: 0 }),
  "a note of probability 2": (set) => add(set, { probability: 2 }),
  "a note with a channel": (set) => add(set, { channel: 1 }),
  "notes as a list": (set) => detail(set).call("add_new_notes", [NOTE]),
  "a note id of another clip": (set) => detail(set).call("remove_notes_by_id", 999_999),
  "a selection of unknown notes": (set) => detail(set).call("select_notes_by_id", 999_999),
  "a slot without the word id": (set) => set.slot(0, 0).call("duplicate_clip_to", 5),
  "a clip of no length": ({ slot }) => slot(0, 1).call("create_clip", 0),
  "a scene that cannot be": ({ open }) => open("live_set").call("create_scene", 99),
  "an undo step in an undo step": ({ open }) => {
    open("live_set").call("begin_undo_step");
    open("live_set").call("begin_undo_step");
  },
  "an end without a beginning": ({ open }) => open("live_set").call("end_undo_step"),
  "an undo step left open while waiting": ({ open, live }) => {
    open("live_set").call("begin_undo_step");
    live.endTurn();
  },
};

/** Refusals: Max prints them and the script hears nothing; the judgement at the end fails. */
const REFUSED = {
  "a clip in a full slot": ({ slot }) => slot(0, 0).call("create_clip", 4),
  "a clip in a group slot": ({ slot }) => slot(2, 0).call("create_clip", 4),
  "a clip in an audio track": ({ slot }) => slot(1, 1).call("create_clip", 4),
  "a clip in a frozen track": ({ slot }) => slot(3, 1).call("create_clip", 4),
  "a copy into a group slot": (set) =>
    set.slot(0, 0).call("duplicate_clip_to", `id ${set.slot(2, 0).id}`),
  "a copy into an audio track": (set) =>
    set.slot(0, 0).call("duplicate_clip_to", `id ${set.slot(1, 1).id}`),
  "a copy of an empty slot": (set) =>
    set.slot(0, 1).call("duplicate_clip_to", `id ${set.slot(0, 2).id}`),
  "notes in a frozen track": ({ open }) =>
    open("live_set tracks 3 clip_slots 0 clip").call("add_new_notes", { notes: [NOTE] }),
  "a loop that ends before it starts": (set) => detail(set).set("loop_end", -1),
  "a loop that starts after its end": (set) => detail(set).set("loop_start", 8),
  "a start marker after the end": (set) => detail(set).set("start_marker", 9),
  "a name that is a number": (set) => detail(set).set("name", 7),
  "a tempo of 1000": ({ open }) => open("live_set").set("tempo", 1000),
  "an arrangement clip before 0": ({ open }) =>
    open("live_set tracks 0").call("create_midi_clip", -4, 4),
  "a take lane in a Live that has none": ({ live, open }) => {
    live.missing.add("create_take_lane");
    open("live_set tracks 0").call("create_take_lane");
  },
};

/** What the producer loses: it happens, and the judgement at the end fails. */
const LOST = {
  "a copy over a clip": (set) => {
    set.live.addClip(set.bass, 1, { name: "Mine" });
    set.slot(0, 0).call("duplicate_clip_to", `id ${set.slot(0, 1).id}`);
  },
  "an arrangement clip over another": ({ open }) =>
    open("live_set tracks 0").call("create_midi_clip", 2, 4),
  "envelopes copied into the arrangement": (set) => {
    set.clip.properties.has_envelopes = 1;
    set.open("live_set tracks 0").call("duplicate_clip_to_arrangement", `id ${set.clip.id}`, 64);
  },
};

for (const [name, plant] of Object.entries(MISUSE)) {
  test(`the fake refuses ${name}`, () => {
    assert.throws(() => plant(aSet()));
  });
}

for (const [name, plant] of Object.entries({ ...REFUSED, ...LOST })) {
  test(`the fake does not forgive ${name}`, () => {
    const set = aSet();
    plant(set);

    assert.throws(() => set.live.verify());
  });
}

test("the fake lets pass what Live does", () => {
  const set = aSet();
  const before = set.live.contents();
  const song = set.open("live_set");

  song.call("begin_undo_step");
  set.slot(0, 0).call("duplicate_clip_to", `id ${set.slot(0, 1).id}`);
  const copy = set.open("live_set tracks 0 clip_slots 1 clip");
  const ids = copy.call("add_new_notes", { notes: [{ ...NOTE, pitch: 72 }] });
  copy.call("select_notes_by_id", ...ids);
  copy.set("name", "v1 Line");
  song.call("end_undo_step");

  set.live.verify();
  assert.equal(set.live.undoSteps.length, 1);
  set.live.user.undo();
  assert.ok(set.live.contents() === before);
});

test("a new note cuts what sounds on its pitch, as in Live", () => {
  const set = aSet();
  add(set, { pitch: 36, start_time: 0.2, duration: 1 });

  const held = set.clip.properties.notes.filter(({ pitch }) => pitch === 36);
  assert.deepEqual(
    held.slice(0, 2).map((note) => [note.start_time, note.duration]),
    [
      [0, 0.2],
      [0.2, 1],
    ],
  );
});

test("legato goes on where the other clip was, launched at once", () => {
  const { live, bass, LiveAPI } = aSet();
  const other = live.addClip(bass, 1, { loop_end: 8, launch_quantization: 1, legato: 1 });
  live.user.play(bass, 0);
  live.advance(3);
  new LiveAPI("live_set tracks 0 clip_slots 1").call("fire");

  assert.equal(live.playingPosition(other), 3);
});
