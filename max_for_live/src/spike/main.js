/**
 * The spike: asks Live the questions that no test here can, prints PASS, FAIL or LOOK for each.
 * It stands on an empty MIDI track of a new Set. The patch is that of the device, so what it tells
 * of the patch holds for both.
 */
/* global LiveAPI, Task, outlet, post */
import { Bench, NOTE, childIds, idOf, notesOf, number, open } from "./bench.js";
import { BY_HAND } from "./by_hand.js";
import { OBJECT_QUESTIONS } from "./objects.js";
import { QUESTIONS } from "./questions.js";
import { UNDO_QUESTIONS } from "./undoing.js";

const PATIENCE_MS = 400;
const STATE_LENGTH = 4000;
const NO_QUANTIZATION = 1;
// What Ableton's own controller scripts give to a slot: no end of recording, at once, in sync.
const FIRE_IN_SYNC = [Number.MAX_VALUE, 0, 1];
const MANY_NUMBERS = Array.from({ length: 300 }, (_, place) => place);
const ODD_TEXTS = ["", "two words", "a, b; c $1", "Übung", "120", -1, "x".repeat(900)];
const spike = {
  isReady: false,
  asked: 0,
  passed: 0,
  failed: 0,
  /** @type {number[]} */
  restored: [],
  /** @type {(number | string)[]} */
  heard: [],
  echoed: 0,
  settings: 0,
  nameHeard: "",
  madeClip: 0,
  madeIn: 0,
  ports: [20_000 + Math.floor(Math.random() * 20_000), 40_000 + Math.floor(Math.random() * 20_000)],
};

/** Live has made the device. */
export function ready() {
  if (spike.isReady) return;
  spike.isReady = true;
  outlet(0, ["light", 1]);
  outlet(0, ["barstate", 0, 0, 0, 0]);
  outlet(0, ["barnotes", 4, 2, 3, 1]);
  const count = spike.restored.length;
  if (count > 0)
    tell(count === STATE_LENGTH, "the state came back with the Set", `${count} numbers`);
  else say("Put this on an empty MIDI track and press Run. All answers are in the Max Console.");
}

/** Max frees the patch. */
export function closing() {}

/**
 * @param {string} action
 */
export function press(action) {
  if (!spike.isReady) tell(false, "nothing is pressed while Live restores the device", action);
  else if (action === "run") run();
  else if (action === "two") twoClips();
  else if (action === "moved") lookAtMoved();
  else if (action === "copy") copyHighlightedClip();
  else if (action === "switch") switchClips(fireWithSettings);
  else if (action === "fire") switchClips(fireInSync);
  else say(`${action} was pressed`);
}

/**
 * @param {...(number | string)} atoms
 */
export function osc(...atoms) {
  spike.heard = atoms;
}

/**
 * @param {...number} numbers
 */
export function state(...numbers) {
  if (!spike.isReady) spike.restored = numbers;
  spike.echoed = numbers.length;
}

/**
 * @param {number} cell
 * @param {number} mark
 */
export function bars(cell, mark) {
  tell(true, "a click on the Bars strip arrives", `bar ${cell + 1} ${mark ? "on" : "off"}`);
}

/** A control says its value, each one once when the device is restored. */
export function set() {
  spike.settings += 1;
}

/** A row of a menu was picked; the spike has no use for it. */
export function pick() {}

/** Ask everything, one question a turn, so that Live is never held for long. */
function run() {
  spike.asked = spike.passed = spike.failed = 0;
  const bench = new Bench();
  if (!bench.isFree) {
    say("The first three slots of this track must be empty: nothing of yours is touched.");
    return;
  }
  const waiting = [
    ...[...QUESTIONS, ...OBJECT_QUESTIONS].map((question) => () => ask(bench, ...question)),
    ...UNDO_QUESTIONS.flatMap((question) => undoQuestion(bench, ...question)),
    ...laterQuestions(bench),
  ];
  const next = () => {
    const question = waiting.shift();
    if (question === undefined) finish();
    else new Task(next).schedule(question() ?? 1);
  };
  next();
}

/**
 * @param {Bench} bench
 * @param {string} name
 * @param {(bench: Bench) => string | void} question
 */
function ask(bench, name, question) {
  try {
    tell(true, name, question(bench) ?? "");
  } catch (error) {
    tell(false, name, error instanceof Error ? error.message : String(error));
  }
  bench.clear();
}

/**
 * A question that an Undo answers; every turn is a step of its own for Live.
 * @param {Bench} bench
 * @param {string} name
 * @param {(bench: Bench) => import("./undoing.js").Undoing} prepare
 * @returns {(() => number | void)[]}
 */
function undoQuestion(bench, name, prepare) {
  /** @type {import("./undoing.js").Undoing} */
  let undoing;
  return [
    () => {
      undoing = prepare(bench);
    },
    () => bench.guard(),
    () => {
      try {
        undoing.act();
      } catch (error) {
        undoing.judge = () => {
          throw error;
        };
      }
    },
    () => {
      bench.song.call("undo");
      return PATIENCE_MS;
    },
    () => ask(bench, name, () => undoing.judge()),
  ];
}

/**
 * Questions whose answer comes later: each pair asks, waits, and looks.
 * @param {Bench} bench
 * @returns {(() => number | void)[]}
 */
function laterQuestions(bench) {
  /** @type {LiveAPI[]} */
  const observers = [];
  return [
    () => send(spike.ports[0], spike.ports[0], MANY_NUMBERS),
    () => tell(isHeard(MANY_NUMBERS), "a datagram of 300 numbers", heard()),
    () => send(spike.ports[1], spike.ports[1], ODD_TEXTS),
    () => tell(spike.heard.length > 0, "the reply port can be changed", heard()),
    () => tell(isHeard(ODD_TEXTS), "texts come as they went", JSON.stringify(spike.heard)),
    () => send(spike.ports[1], spike.ports[0], MANY_NUMBERS),
    () => tell(spike.heard.length === 0, "the old reply port is closed", heard()),
    () => {
      outlet(0, ["save", ...Array.from({ length: STATE_LENGTH }, (_, place) => place)]);
      return PATIENCE_MS;
    },
    () =>
      tell(spike.echoed === STATE_LENGTH, "4000 numbers are stored", `${spike.echoed} came back`),
    () => {
      const clip = bench.makeClip(0, []);
      const observer = new LiveAPI(([property, name]) => {
        if (property === "name") spike.nameHeard = name;
      }, `id ${clip.id}`);
      observer.property = "name";
      observers.push(observer);
      clip.set("name", "spike");
      return PATIENCE_MS;
    },
    () => {
      tell(spike.nameHeard === "spike", "a changed clip is told", spike.nameHeard);
      for (const observer of observers) observer.property = "";
      bench.clear();
    },
    () => tell(spike.settings > 0, "controls say their values", `${spike.settings} came`),
    () => tell(bench.isFree, "the track is as it was", ""),
  ];
}

/**
 * @param {number} from - the port on which we listen
 * @param {number} to - the port to which we send
 * @param {(number | string)[]} atoms
 * @returns {number} how long to wait for it, in ms
 */
function send(from, to, atoms) {
  spike.heard = [];
  outlet(0, ["listen", from]);
  outlet(0, ["port", to]);
  outlet(0, ["udp", "/spike/echo", ...atoms]);
  return PATIENCE_MS;
}

/**
 * @param {(number | string)[]} atoms
 * @returns {boolean} whether just these came
 */
function isHeard(atoms) {
  return JSON.stringify(spike.heard) === JSON.stringify(["/spike/echo", ...atoms]);
}

/** @returns {string} */
function heard() {
  return `${spike.heard.length} atoms came`;
}

/** Say how it went and what is left to do by hand. */
function finish() {
  for (const question of BY_HAND) {
    spike.asked += 1;
    post(`Reprise Spike: LOOK ${spike.asked} ${question}\n`);
  }
  say(`${spike.passed} PASS · ${spike.failed} FAIL · ${BY_HAND.length} to LOOK at: Max Console`);
}

/** Two clips in one undo step, to be undone by hand, or the first to be dragged away. */
function twoClips() {
  const bench = new Bench();
  bench.inStep(() => {
    spike.madeClip = idOf(bench.makeClip(0, []));
    spike.madeIn = idOf(bench.slot(0));
    bench.makeClip(1, []);
  });
  say("LOOK: one Undo takes both clips away");
}

/** Whether the first of the two clips is known by its id where it was dragged to. */
function lookAtMoved() {
  const clip = open(`id ${spike.madeClip}`);
  const isThere = spike.madeClip !== 0 && idOf(clip) !== 0;
  const [home] = isThere ? childIds(clip, "canonical_parent") : [0];
  if (spike.madeClip === 0 || home === spike.madeIn) {
    say("Press Two clips and drag the first one to the third slot. Then press Moved");
    return;
  }
  tell(isThere, "a clip that was dragged has the same id", isThere ? "" : "the id is gone");
}

/** A copy of the highlighted clip in the slot below it, with other notes than it. */
function copyHighlightedClip() {
  const slot = open("live_set view highlighted_clip_slot");
  const track = open(`id ${childIds(slot, "canonical_parent")[0]}`);
  const ids = childIds(track, "clip_slots");
  const below = ids[ids.indexOf(idOf(slot)) + 1];
  if (!number(slot, "has_clip") || below === undefined) {
    say("Select a clip in the Session View that has a slot below it");
    return;
  }
  slot.call("duplicate_clip_to", `id ${below}`);
  const copy = open(`id ${childIds(open(`id ${below}`), "clip")[0]}`);
  notesOf(copy)
    .slice(0, 1)
    .forEach((note) => copy.call("remove_notes_by_id", note.note_id));
  copy.call("add_new_notes", { notes: [NOTE] });
  say("LOOK: the copy has its curves and groove and envelopes; one note is another");
}

/**
 * Start the other of the first two clips where the one that plays is.
 * @param {(bench: Bench, row: number) => void} fire
 */
function switchClips(fire) {
  const bench = new Bench();
  const playing = number(bench.track, "playing_slot_index");
  const row = playing === 0 ? 1 : 0;
  if (playing < 0 || !bench.isFull(row)) {
    say("Play the first or second clip of this track; both slots must have one");
    return;
  }
  fire(bench, row);
  say("LOOK: no gap and no jump in the beat");
  new Task(() => {
    const now = number(bench.track, "playing_slot_index");
    tell(now === row, "the other clip plays on", `slot ${now + 1}`);
  }).schedule(2 * PATIENCE_MS);
}

/**
 * By the clip's own settings, which are put back while it plays.
 * @param {Bench} bench
 * @param {number} row
 */
function fireWithSettings(bench, row) {
  const clip = bench.clip(row);
  const before = [number(clip, "legato"), number(clip, "launch_quantization")];
  clip.set("legato", 1);
  clip.set("launch_quantization", NO_QUANTIZATION);
  clip.call("fire");
  new Task(() => {
    clip.set("legato", before[0]);
    clip.set("launch_quantization", before[1]);
  }).schedule(PATIENCE_MS);
}

/**
 * By the slot, with nothing written.
 * @param {Bench} bench
 * @param {number} row
 */
function fireInSync(bench, row) {
  bench.slot(row).call("fire", ...FIRE_IN_SYNC);
}

/**
 * @param {boolean} holds
 * @param {string} name
 * @param {string} detail
 */
function tell(holds, name, detail) {
  spike.asked += 1;
  if (holds) spike.passed += 1;
  else spike.failed += 1;
  const word = holds ? "PASS" : "FAIL";
  post(`Reprise Spike: ${word} ${spike.asked} ${name}${detail ? `: ${detail}` : ""}\n`);
  say(`${word} ${name}`);
}

/**
 * @param {string} sentence
 */
function say(sentence) {
  outlet(0, ["line", ...sentence.replace(/[,;\\$]/g, " ").split(/\s+/)]);
}
