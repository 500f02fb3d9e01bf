// The device's core by itself: what a click acts on, what is asked, what is written.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  arranged,
  difference,
  isSameMusic,
  wantedNotes,
} from "../../max_for_live/src/core/answer.js";
import {
  barsInCell,
  barsOf,
  barsText,
  meterChanges,
  notesInCells,
} from "../../max_for_live/src/core/bars.js";
import { contextVoices, unroll } from "../../max_for_live/src/core/context.js";
import {
  INITIAL,
  wantedLength,
  wireControls,
} from "../../max_for_live/src/core/controls.js";
import {
  BATCH_MS,
  Gathering,
  PATIENCE_MS,
} from "../../max_for_live/src/core/gathering.js";
import { findKey, keyText, songKey } from "../../max_for_live/src/core/keys.js";
import {
  AUTO,
  inStyle,
  limits,
  modelsFor,
  whyNot,
} from "../../max_for_live/src/core/models.js";
import {
  baseName,
  resultName,
  verbOfName,
} from "../../max_for_live/src/core/names.js";
import { packState, unpackState } from "../../max_for_live/src/core/packing.js";
import {
  partNames,
  splitLines,
  voicesOf,
} from "../../max_for_live/src/core/parts.js";
import { isFree, placeBelow } from "../../max_for_live/src/core/placing.js";
import { encodeMessage } from "../../max_for_live/src/core/protocol.js";
import { previewLine, workLine } from "../../max_for_live/src/core/preview.js";
import { reportLine } from "../../max_for_live/src/core/report.js";
import {
  buildRequest,
  heardLength,
} from "../../max_for_live/src/core/request.js";
import { scopeOf } from "../../max_for_live/src/core/scope.js";
import { lineAtoms, listed } from "../../max_for_live/src/core/words.js";

let nextId = 1;

function note(start, pitch, more = {}) {
  return {
    ...{
      id: nextId++,
      pitch,
      start,
      duration: 0.5,
      velocity: 100,
      mute: false,
      probability: 1,
    },
    ...{ velocityDeviation: 0, releaseVelocity: 64 },
    ...more,
  };
}

const line = (count, from = 0) =>
  Array.from({ length: count }, (_, index) =>
    note(from + index, 60 + (index % 5)),
  );

function clip(more = {}) {
  return {
    ...{
      id: 7,
      name: "Line",
      inArrangement: false,
    },
    ...{ trackIndex: 0, sceneIndex: 0, arrangementStart: 0, arrangementEnd: 0 },
    ...{
      loopStart: 0,
      loopEnd: 8,
      looping: true,
      startMarker: 0,
      endMarker: 8,
    },
    ...{ numerator: 4, denominator: 4, hasEnvelopes: false, hasGroove: false },
    ...{
      isPlaying: false,
      position: 0,
      notes: line(8),
      selectedIds: [],
    },
    ...more,
  };
}

function track(more = {}) {
  return {
    ...{
      id: 3,
      index: 0,
      name: "Lead",
      isFrozen: false,
      isMuted: false,
    },
    ...{
      isMidi: true,
      isDrums: false,
      hasInstrument: true,
      mayHaveCurves: false,
      pads: [],
    },
    ...more,
  };
}

const SONG = {
  ...{
    name: "Set",
    tempo: 120,
    numerator: 4,
    denominator: 4,
    scaleOn: false,
    rootNote: 0,
  },
  ...{
    scaleIntervals: [0, 2, 4, 5, 7, 9, 11],
  },
};

function question(more = {}) {
  const source = more.clip ?? clip();
  return {
    ...{
      verb: "vary",
      song: SONG,
      track: track(),
      clip: source,
      scope: scopeOf(source, []),
    },
    ...{
      heard: [],
      controls: { ...INITIAL },
      part: "All",
      engine: "auto",
      target: null,
    },
    ...{
      newTrack: null,
      parent: null,
      like: null,
      notLike: [],
      seed: null,
      count: 4,
    },
    ...more,
  };
}

const heard = (other, more = {}) => ({
  ...{
    track: track({ id: 9, index: 1, name: "Other" }),
    clip: other,
    from: 0,
    since: 0,
  },
  ...{ until: Infinity },
  ...more,
});

// ---------------------------------------------------------------- bars and scope

test("bars stand where Live draws them, wherever the loop begins", () => {
  const bars = barsOf(clip({ loopStart: 5, loopEnd: 13 }));

  assert.deepEqual(
    bars.map(({ start, end, number }) => [start, end, number]),
    [
      [5, 8, 2],
      [8, 12, 3],
      [12, 13, 4],
    ],
  );
});

test("a bar before 0 is numbered below 0", () => {
  assert.equal(
    barsText(barsOf(clip({ loopStart: -8, loopEnd: 4 }))),
    "bars -2 to 1",
  );
});

test("a loop that begins inside a bar begins with a short one on the wire", () => {
  const changes = meterChanges(clip({ loopStart: 5, loopEnd: 13 }));

  assert.deepEqual(
    changes.map(([beat]) => beat),
    [0, 3],
  );
});

test("the bars of a request are the bars that the strip shows, in 7/8 too", () => {
  const odd = clip({ numerator: 7, denominator: 8, loopEnd: 14 });

  assert.equal(barsOf(odd).length, 4);
  assert.deepEqual(meterChanges(odd), [[0, { numerator: 7, denominator: 8 }]]);
});

test("the strip has 64 cells at most", () => {
  const long = clip({ loopEnd: 800, endMarker: 800, notes: line(800) });

  assert.equal(barsInCell(barsOf(long)), 4);
  assert.equal(notesInCells(long).length, 50);
  assert.equal(
    notesInCells(long).reduce((sum, count) => sum + count, 0),
    800,
  );
});

test("two selected notes are the scope, one or all are not", () => {
  const source = clip();
  const ids = source.notes.map(({ id }) => id);

  assert.equal(
    scopeOf({ ...source, selectedIds: ids.slice(0, 2) }, []).kind,
    "notes",
  );
  assert.equal(
    scopeOf({ ...source, selectedIds: ids.slice(0, 1) }, []).kind,
    "all",
  );
  assert.equal(scopeOf({ ...source, selectedIds: ids }, []).kind, "all");
});

test("a selection goes before marked bars, marked bars before the loop", () => {
  const source = clip();
  const ids = source.notes.map(({ id }) => id);

  assert.equal(
    scopeOf({ ...source, selectedIds: ids.slice(0, 2) }, [false, true]).kind,
    "notes",
  );
  const scope = scopeOf(source, [false, true]);
  assert.deepEqual(
    [scope.kind, scope.lockedBars, scope.freeCount],
    ["bars", [0], 4],
  );
});

test("a selection outside of what plays is none", () => {
  const source = clip({ notes: [...line(8), note(20, 60), note(21, 60)] });
  const selectedIds = source.notes.slice(8).map(({ id }) => id);

  assert.equal(scopeOf({ ...source, selectedIds }, []).kind, "all");
});

// ---------------------------------------------------------------- parts and keys

const triads = [0, 4].flatMap((start) =>
  [60, 64, 67].map((pitch) => note(start, pitch, { duration: 4 })),
);

test("chords are split from the top down, each note in one line", () => {
  const lines = splitLines(triads);

  assert.deepEqual(
    lines.map(({ name, notes }) => [name, notes.map(({ pitch }) => pitch)]),
    [
      ["Top", [67, 67]],
      ["Middle", [64, 64]],
      ["Bass", [60, 60]],
    ],
  );
});

test("one line has no parts, drums have their pads", () => {
  const kit = track({
    isDrums: true,
    pads: [{ pitch: 36, name: "Kick", isMuted: false }],
  });

  assert.deepEqual(partNames(clip(), track()), ["All"]);
  assert.deepEqual(partNames(clip(), kit), ["All", "Kick"]);
  assert.deepEqual(partNames(clip({ notes: triads }), track()), [
    "All",
    "Top",
    "Middle",
    "Bass",
  ]);
});

test("only Refill of a line sends chords as several voices", () => {
  const source = clip({ notes: triads });

  assert.equal(voicesOf(source, track(), "All").length, 1);
  assert.equal(voicesOf(source, track(), "Bass").length, 3);
});

test("the key is found as the server finds it", () => {
  const scale = [0, 2, 4, 5, 7, 9, 11, 12].map((step, index) =>
    note(index, 60 + step),
  );

  assert.deepEqual(findKey(scale), { tonic: 0, scale: "major" });
  assert.equal(findKey([]), null);
  assert.equal(keyText(SONG, scale), "C major (found)");
});

test("Live's scale goes before the one that is found, by its intervals", () => {
  const minor = {
    ...SONG,
    scaleOn: true,
    rootNote: 6,
    scaleIntervals: [0, 2, 3, 5, 7, 8, 10],
  };

  assert.deepEqual(songKey(minor), { tonic: 6, scale: "minor" });
  assert.equal(keyText(minor, line(4)), "F# minor");
  assert.equal(
    songKey({ ...minor, scaleIntervals: [0, 1, 4, 5, 7, 8, 11] }),
    null,
  );
});

// ---------------------------------------------------------------- context

test("a loop is unrolled from where it stands, over the whole span", () => {
  const notes = [note(0, 60), note(3, 62)];
  const sounding = unroll(clip({ loopEnd: 4, notes }), 2, 8);

  assert.deepEqual(
    sounding.map(({ start, pitch }) => [start, pitch]),
    [
      [1, 62],
      [2, 60],
      [5, 62],
      [6, 60],
    ],
  );
});

test("what rings at the beginning is heard from 0, what rings past the end is cut", () => {
  const notes = [note(0, 60, { duration: 16 })];
  const [chord] = unroll(clip({ loopEnd: 16, notes }), 4, 8);

  assert.deepEqual([chord.start, chord.duration], [0, 8]);
});

test("a loop from -4 to 4 begins again after eight beats", () => {
  const notes = [note(-4, 60)];
  const sounding = unroll(clip({ loopStart: -4, loopEnd: 4, notes }), -4, 16);

  assert.deepEqual(
    sounding.map(({ start }) => start),
    [0, 8],
  );
});

test("a clip that does not loop is heard once", () => {
  const notes = [note(0, 60), note(9, 60)];
  const once = clip({ looping: false, startMarker: 0, endMarker: 8, notes });

  assert.equal(unroll(once, 0, 64).length, 1);
});

test("muted notes and muted pads are not heard", () => {
  const kit = track({
    id: 9,
    isDrums: true,
    pads: [{ pitch: 38, name: "Snare", isMuted: true }],
  });
  const notes = [note(0, 36), note(1, 38), note(2, 36, { mute: true })];
  const [voice] = contextVoices([heard(clip({ notes }), { track: kit })], 8);

  assert.deepEqual(
    voice.notes.map(({ start, pitch }) => [start, pitch]),
    [[0, 36]],
  );
});

test("two clips of one arrangement track are one voice", () => {
  const one = heard(clip({ notes: [note(0, 60)] }), { since: 0, until: 4 });
  const two = heard(clip({ notes: [note(0, 62)] }), { since: 4, until: 8 });

  const voices = contextVoices([one, two], 8);

  assert.equal(voices.length, 1);
  assert.deepEqual(
    voices[0].notes.map(({ start }) => start),
    [0, 4],
  );
});

// ---------------------------------------------------------------- requests

test("a request begins where the loop begins, whatever the clip's time says", () => {
  const source = clip({ loopStart: -4, loopEnd: 4, notes: line(8, -4) });
  const { request } = buildRequest(question({ clip: source }));

  assert.equal(request.source.length, 8);
  assert.deepEqual(
    request.source.voices[0].notes.map(({ start }) => start),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  encodeMessage({ ...request, request_id: 1 });
});

test("notes outside of what plays are not sent", () => {
  const source = clip({ notes: [...line(8), note(12, 60)] });

  assert.equal(buildRequest(question({ clip: source })).places.length, 8);
});

test("selected notes are free and all others locked", () => {
  const source = clip();
  source.selectedIds = source.notes.slice(0, 2).map(({ id }) => id);
  const { request } = buildRequest(
    question({ clip: source, scope: scopeOf(source, []) }),
  );

  assert.deepEqual(request.locks.notes, [2, 3, 4, 5, 6, 7]);
});

test("Refill names the selected notes themselves", () => {
  const source = clip();
  source.selectedIds = source.notes.slice(0, 2).map(({ id }) => id);
  const { request } = buildRequest(
    question({ verb: "refill", clip: source, scope: scopeOf(source, []) }),
  );

  assert.deepEqual([request.notes, request.locks.notes], [[0, 1], []]);
});

test("Refill of a line sends voices, its places count through them", () => {
  const source = clip({ notes: triads });
  const { request, places } = buildRequest(
    question({
      verb: "refill",
      clip: source,
      part: "Bass",
      scope: scopeOf(source, []),
    }),
  );

  assert.deepEqual(request.voices, [2]);
  assert.deepEqual(
    places.map(({ pitch }) => pitch),
    [67, 67, 64, 64, 60, 60],
  );
});

test("Refill of a pad names its pitch", () => {
  const kit = track({
    isDrums: true,
    pads: [{ pitch: 60, name: "Boom", isMuted: false }],
  });
  const { request } = buildRequest(
    question({ verb: "refill", track: kit, part: "Boom" }),
  );

  assert.deepEqual(request.pads, [60]);
  assert.equal(request.source.voices[0].is_drums, true);
});

test("adding verbs lock no bars", () => {
  const source = clip();
  const scope = scopeOf(source, [false, true]);
  const { request } = buildRequest(
    question({ verb: "continue", clip: source, scope }),
  );

  assert.equal(request.locks.bars, undefined);
});

test("the context of a continuation reaches over the new bars", () => {
  const other = clip({ loopEnd: 4, notes: [note(0, 40)] });
  const asked = question({ verb: "continue", heard: [heard(other)] });

  assert.equal(heardLength(asked), 16);
  assert.equal(buildRequest(asked).request.context.voices[0].notes.length, 4);
});

test("the length of a part is in bars of the clip", () => {
  const odd = clip({ numerator: 7, denominator: 8 });

  assert.equal(wantedLength({ ...INITIAL, length: 2 }, odd), 7);
  assert.equal(wantedLength(INITIAL, odd), null);
});

test("controls at rest ask for nothing", () => {
  assert.deepEqual(wireControls(INITIAL, clip()), {
    surprise: 0.5,
    lowest_pitch: null,
    highest_pitch: null,
    notes_per_bar: null,
    scale: "guide",
  });
});

test("density 50 asks for twice the clip's notes a bar, a crossed range is put right", () => {
  const said = wireControls(
    { ...INITIAL, density: 50, lowest: 80, highest: 40 },
    clip(),
  );

  assert.deepEqual(
    [said.notes_per_bar, said.lowest_pitch, said.highest_pitch],
    [8, 40, 80],
  );
});

// ---------------------------------------------------------------- answers

const answer = (kept, notes, length = 8) => ({
  kept,
  length,
  new_notes: [notes],
});
const wire = (start, pitch) => ({
  ...{
    start,
    pitch,
    duration: 0.5,
    velocity: 90,
    probability: 1,
    velocity_deviation: 0,
  },
  ...{ release_velocity: 64, is_muted: false },
});

test("a variation holds kept notes, new notes and what lies outside the loop", () => {
  const source = clip({ loopStart: 4, loopEnd: 8, notes: line(10) });
  const places = source.notes.slice(4, 8);
  const wanted = wantedNotes(
    "vary",
    source,
    places,
    answer([0], [wire(1, 70)], 4),
    false,
  );

  assert.deepEqual(
    wanted.kept.map(({ start }) => start).sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 8, 9],
  );
  assert.deepEqual([wanted.added[0].start, wanted.region], [5, null]);
});

test("new bars alone begin where the loop begins", () => {
  const source = clip({ loopStart: 4, loopEnd: 12, notes: line(8, 4) });
  const wanted = wantedNotes(
    "continue",
    source,
    source.notes,
    answer([0], [wire(8, 70)], 16),
    false,
  );

  assert.deepEqual([wanted.kept, wanted.added[0].start], [[], 4]);
  assert.deepEqual(wanted.region, { start: 4, end: 12 });
});

test("the original and new bars: notes that lay behind the loop make room", () => {
  const source = clip({ notes: [...line(8), note(9, 30)] });
  const places = source.notes.slice(0, 8);
  const kept = places.map((_, place) => place);
  const wanted = wantedNotes(
    "continue",
    source,
    places,
    answer(kept, [wire(8, 70)], 16),
    true,
  );

  assert.equal(wanted.kept.length, 8);
  assert.deepEqual(wanted.region, { start: 0, end: 16 });
});

test("a copy loses by id only what is not kept", () => {
  const present = line(4);
  const wanted = {
    kept: present.slice(1).map((one) => ({ ...one, id: 900 })),
    added: [],
    region: null,
  };

  assert.deepEqual(difference(present, wanted), {
    removeIds: [present[0].id],
    restored: [],
  });
});

test("equal notes are told apart by how many there are", () => {
  const present = [note(0, 60), note(0, 60)];
  const { removeIds } = difference(present, {
    kept: [present[0]],
    added: [],
    region: null,
  });

  assert.equal(removeIds.length, 1);
});

test("what the producer took away meanwhile is put back as it was sent", () => {
  const sent = line(4);
  const { restored } = difference(sent.slice(1), {
    kept: sent,
    added: [],
    region: null,
  });

  assert.deepEqual(restored, [sent[0]]);
});

test("the same music in another order is no edit, another velocity is one", () => {
  const notes = line(4);

  assert.ok(isSameMusic(notes, [...notes].reverse()));
  assert.ok(
    !isSameMusic(notes, [{ ...notes[0], velocity: 3 }, ...notes.slice(1)]),
  );
});

test("a looped arrangement clip is written out over its stretch", () => {
  const source = clip({
    inArrangement: true,
    arrangementStart: 16,
    arrangementEnd: 36,
    notes: [note(0, 60)],
  });
  const notes = arranged(
    { kept: source.notes, added: [], region: null },
    source,
  );

  assert.deepEqual(
    notes.map(({ start }) => start),
    [0, 8, 16],
  );
});

// ---------------------------------------------------------------- landing

test("rows with any clip are left alone, new scenes come after the last", () => {
  const rows = placeBelow([false, true, false, true], 0, 4);

  assert.deepEqual(rows, { rows: [1, 3, 4, 5], newScenes: 2 });
});

test("empty rows above the source are not used", () => {
  assert.deepEqual(placeBelow([true, false, true], 1, 1).rows, [2]);
});

test("touching clips leave each other free", () => {
  assert.ok(isFree([{ start: 0, end: 4 }], { start: 4, end: 8 }));
  assert.ok(!isFree([{ start: 0, end: 4.5 }], { start: 4, end: 8 }));
});

test("names begin with what differs and do not pile up", () => {
  assert.equal(
    resultName("vary", 2, "Bassline", "7F3K2M"),
    "v2 Bassline #7F3K",
  );
  assert.equal(
    resultName("continue", 1, "v2 Bassline #7F3K", "AAAA22"),
    "c1 Bassline #AAAA",
  );
  assert.equal(baseName("v2 Bassline"), "v2 Bassline");
  assert.equal(resultName("vary", 1, "", "7F3K2M"), "v1 #7F3K");
  assert.equal(verbOfName("w1 Bassline #7F3K"), "redo");
  assert.equal(verbOfName("Bassline"), "");
});

test("results are written together when the last is there", () => {
  const gathering = new Gathering(0);
  gathering.add({ index: 1 }, 100);
  gathering.add({ index: 0 }, 120);

  assert.equal(gathering.dueAt, PATIENCE_MS);
  gathering.end();
  assert.equal(gathering.dueAt, 0);
  assert.deepEqual(
    gathering.take().map(({ index }) => index),
    [0, 1],
  );
});

test("after the first writing the rest waits for the end", () => {
  const gathering = new Gathering(0);
  assert.equal(gathering.dueAt, Infinity);
  gathering.add({ index: 0 }, 4000);
  assert.equal(gathering.dueAt, 4000 + BATCH_MS);
  gathering.take();
  gathering.add({ index: 1 }, 5000);

  assert.equal(gathering.dueAt, Infinity);
});

// ---------------------------------------------------------------- words, menus, what is saved

test("a line has no character that Max would escape, and numbers are ints", () => {
  const atoms = lineAtoms("Wrote 4, in A;B; $x \\ of 35 %");

  assert.deepEqual(atoms, [
    "Wrote",
    4,
    "·",
    "in",
    "A",
    "·B",
    "·",
    "x",
    "of",
    35,
    "%",
  ]);
  assert.deepEqual(lineAtoms(""), ["·"]);
});

test("many names are some names and how many more", () => {
  assert.equal(listed(["a", "b"]), "a, b");
  assert.equal(listed(["a", "b", "c", "d", "e", "f"]), "a, b, c, d and 2 more");
});

test("the report says whose music results take after, each piece once", () => {
  const landing = {
    where: "scene 2",
    clips: 2,
    added: 3,
    missing: 0,
    warnings: [],
  };
  const said = (style, after) =>
    reportLine("vary", { ...landing, style, after });

  assert.match(
    said("mine", ["a.mid", "b.mid", "a.mid"]),
    /; after a\.mid, b\.mid$/,
  );
  assert.match(said("mine", []), /; after no clip of mine$/);
  assert.match(said("", []), /new notes$/);
});

test("the report says what was lost", () => {
  const landing = {
    ...{
      where: "scene 2",
      clips: 1,
      added: 3,
      missing: 0,
      wasEdited: true,
      wasAnew: true,
    },
    ...{ mayHaveCurves: true, warnings: ["be careful"], style: "", after: [] },
  };
  const said = reportLine("vary", landing);

  for (const part of [
    "1 variation",
    "edited meanwhile",
    "made anew",
    "3 new notes without MPE",
    "be careful",
  ]) {
    assert.ok(said.includes(part), part);
  }
});

test("the Model menu has who can serve the clip", () => {
  const engine = (name, more) => ({
    ...{ name, title: name, problem: "", serves_drums: true },
    ...more,
  });
  const welcome = {
    engines: [
      engine("a", {}),
      engine("b", { serves_drums: false }),
      engine("c", { problem: "files are damaged" }),
    ],
  };

  assert.deepEqual(
    modelsFor(welcome, true).map(({ name }) => name),
    ["auto", "a"],
  );
  assert.equal(modelsFor(welcome, false).length, 3);
  assert.equal(modelsFor(null, false).length, 1);
});

test("a model that cannot do all says what it cannot and what it can", () => {
  const bach = {
    name: "bach",
    title: "Bach",
    summary: "",
    verbs: ["continue"],
    corpus: "",
  };
  const odd = { ...bach, title: "Odd", verbs: [] };

  assert.equal(limits({ ...AUTO, corpus: "" }), "");
  assert.equal(
    limits({
      ...bach,
      verbs: [...AUTO.verbs].filter((verb) => verb !== "redo"),
    }),
    "Bach cannot Rewrite",
  );
  assert.equal(whyNot(bach, "continue"), "");
  assert.equal(
    whyNot(bach, "redo"),
    "Bach cannot Rewrite. It can Continue. Choose Auto or another model",
  );
  assert.equal(
    whyNot(odd, "vary"),
    "Odd cannot Vary. Choose Auto or another model",
  );
});

test("in the style of a corpus a model can do what the server said, Auto what any of them can", () => {
  const model = {
    name: "able",
    title: "Able",
    summary: "",
    verbs: ["vary", "morph"],
  };
  const styles = {
    corpora: ["mine"],
    engines: [{ engine: "able", verbs: ["vary", "redo"] }],
  };
  const pupil = inStyle(model, "mine", styles);

  assert.deepEqual(pupil.verbs, ["vary"]);
  assert.equal(
    whyNot(pupil, "morph"),
    "Able cannot Morph in the style of mine. It can Vary. Choose None at Style or another model",
  );
  assert.match(
    limits(pupil),
    /^Able cannot Continue, .* or Develop in the style of mine$/,
  );
  assert.deepEqual(inStyle(AUTO, "mine", styles).verbs, ["vary", "redo"]);
  assert.deepEqual(
    inStyle({ ...model, name: "other" }, "mine", styles).verbs,
    [],
  );
  assert.deepEqual(inStyle(model, "", styles).verbs, model.verbs);
  assert.deepEqual(inStyle(model, "mine", null).verbs, model.verbs);
});

test("the line says what is morphed to what, and what remarks there are", () => {
  const source = clip({ name: "A", notes: [note(0, 60), note(1, 62)] });
  const told = { ...question({ clip: source }), heard: [] };
  const target = { clip: clip({ name: "B" }), track: track() };

  assert.match(
    workLine({ ...told, verb: "morph", target }),
    /^Morphing 2 notes to B,/,
  );
  assert.match(
    previewLine(told, ["", "a remark"]),
    /^Vary 2 notes, .*clip A, a remark$/,
  );
  assert.match(previewLine({ ...told, verb: "develop" }, []), /^Develop A, /);
});

test("a morph goes to a clip of another track as that track's part", () => {
  const target = {
    clip: clip({ name: "B", notes: [note(0, 36)] }),
    track: track({ id: 5, name: "Kit", isDrums: true }),
  };

  const { request } = buildRequest(question({ verb: "morph", target }));

  assert.equal(request.target.voices[0].name, "Kit");
  assert.equal(request.target.voices[0].is_drums, true);
});

test("what is saved comes back, names in any script", () => {
  const state = {
    engine: "мой стиль",
    results: { rows: [1, "v2 Bäß 🎹 #7F3K"] },
  };

  assert.deepEqual(unpackState(packState(state)), state);
  assert.ok(
    packState(state).every(
      (byte) => Number.isInteger(byte) && byte >= 0 && byte < 256,
    ),
  );
});

test("what cannot be read is nothing saved", () => {
  assert.deepEqual(unpackState([1, 2, 255]), {});
  assert.deepEqual(unpackState([]), {});
  assert.deepEqual(packState({ name: "x".repeat(5000) }), []);
});
