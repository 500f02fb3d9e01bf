// From what was read of a Set to a request of the protocol. Its 0 is where the source's loop begins.

import { barLength, lengthOf, meterChanges, notesInRegion, regionOf } from "./bars.js";
import { contextVoices, padNames, voice, wireNote } from "./context.js";
import { wantedLength, wireControls } from "./controls.js";
import { songKey } from "./keys.js";
import { ALL, voicesOf } from "./parts.js";
import { isAdding } from "./verbs.js";

/**
 * @typedef {import("./controls.js").Controls} Controls
 * @typedef {import("./scope.js").Scope} Scope
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Heard} Heard
 * @typedef {import("./shapes.js").Note} Note
 * @typedef {import("./shapes.js").Plain} Plain
 * @typedef {import("./shapes.js").Song} Song
 * @typedef {import("./shapes.js").Track} Track
 * @typedef {object} Question what was read for one click
 * @property {string} verb
 * @property {Song} song
 * @property {Track} track
 * @property {Clip} clip
 * @property {Scope} scope
 * @property {Heard[]} heard
 * @property {Controls} controls
 * @property {string} part what Refill writes anew: a row of its menu
 * @property {string} engine
 * @property {string} style a corpus to take after, "" for none
 * @property {{clip: Clip, track: Track} | null} target what to morph towards
 * @property {Track | null} newTrack where a new part goes
 * @property {string | null} parent id of the result that the producer acts on
 * @property {string | null} like id of the result to lean towards
 * @property {string[]} notLike ids of the results that must not come again
 * @property {number | null} seed null for a new one
 * @property {number} count
 */

const MAX_CONTINUATION_BARS = 8;
const DEVELOPMENT_TIMES = 4;

/**
 * @param {Question} question
 * @returns {{request: Plain, places: Note[]}} and the source's notes in the order of their places
 */
export function buildRequest(question) {
  const { verb, song, track, clip, controls } = question;
  const voices = voicesOf(clip, track, verb === "refill" ? question.part : ALL);
  const places = voices.flatMap(({ notes }) => notes);
  const zero = regionOf(clip).start;
  const isEmpty = verb === "accompany" && places.length === 0;
  const request = {
    kind: verb,
    count: question.count,
    strength: controls.change / 100,
    seed: question.seed,
    engine: question.engine,
    style_of: question.style,
    project: song.name,
    clip_name: clip.name.slice(0, 200),
    parent: question.parent,
    like: question.like === null ? [] : [{ result_id: question.like, weight: 1 }],
    not_like: question.notLike.slice(-256),
    locks: locks(question, places),
    controls: wireControls(controls, clip),
    source: score(
      question,
      isEmpty ? [] : voices.map(({ name, notes }) => voice(name, track, wireNotes(notes, zero))),
    ),
    context: context(question),
    ...own(question, voices, places),
  };
  return { request, places };
}

/**
 * @param {Pick<Question, "song" | "track" | "clip">} learnt a clip to be learnt
 * @returns {Plain}
 */
export function learnRequest({ song, track, clip }) {
  const notes = wireNotes(notesInRegion(clip), regionOf(clip).start);
  return {
    kind: "learn",
    clip_name: (clip.name || track.name).slice(0, 200),
    source: score({ song, clip }, [voice(track.name, track, notes)]),
  };
}

/**
 * @param {Question} question
 * @returns {number} beats that the context is heard for
 */
export function heardLength({ verb, clip, controls }) {
  const length = lengthOf(clip);
  const wanted = wantedLength(controls, clip);
  if (verb === "accompany") {
    return wanted ?? length;
  }
  if (verb === "develop") {
    return length + (wanted ?? DEVELOPMENT_TIMES * length);
  }
  const longest = MAX_CONTINUATION_BARS * barLength(clip);
  return verb === "continue" ? length + (wanted ?? Math.min(length, longest)) : length;
}

/**
 * @param {Question} question
 * @param {{name: string, notes: Note[]}[]} voices
 * @param {Note[]} places
 * @returns {Plain} the fields of the verb alone
 */
function own(question, voices, places) {
  const { verb, clip, controls } = question;
  switch (verb) {
    case "continue":
    case "develop":
      return { length: wantedLength(controls, clip) };
    case "accompany":
      return accompaniment(question);
    case "refill":
      return refill(question, voices, places);
    case "morph":
      return { amount: controls.change / 100, target: target(question) };
    default:
      return {};
  }
}

/**
 * @param {Question} question
 * @returns {Plain}
 */
function accompaniment({ controls, clip, newTrack }) {
  return {
    length: wantedLength(controls, clip),
    role: (newTrack?.name ?? "").slice(0, 200),
    pads: padNames(newTrack?.pads ?? []),
  };
}

/**
 * @param {Question} question
 * @param {{name: string, notes: Note[]}[]} voices
 * @param {Note[]} places
 * @returns {Plain}
 */
function refill({ scope, part, track }, voices, places) {
  if (scope.kind === "notes") {
    return { notes: placesOf(places, (note) => scope.freeIds.has(note.id) && !note.mute) };
  }
  const pad = track.pads.find(({ name }) => name === part);
  if (track.isDrums && pad !== undefined) {
    return { pads: [pad.pitch] };
  }
  const index = voices.findIndex(({ name }) => name === part);
  return voices.length > 1 && index >= 0 ? { voices: [index] } : {};
}

/**
 * @param {Question} question
 * @param {Note[]} places
 * @returns {Plain}
 */
function locks({ verb, scope, controls }, places) {
  const said = { rhythm: Boolean(controls.rhythm), pitches: Boolean(controls.pitches) };
  if (isAdding(verb)) {
    return said;
  }
  const isChosen = scope.kind === "notes" && verb !== "refill";
  return {
    ...said,
    bars: scope.lockedBars,
    notes: isChosen ? placesOf(places, ({ id }) => !scope.freeIds.has(id)) : [],
  };
}

/**
 * @param {Note[]} places
 * @param {(note: Note) => boolean} wanted
 * @returns {number[]}
 */
function placesOf(places, wanted) {
  return places.map((_, place) => place).filter((place) => wanted(places[place]));
}

/**
 * @param {Note[]} notes
 * @param {number} zero
 * @returns {Plain[]}
 */
function wireNotes(notes, zero) {
  return notes.map((note) => wireNote(note, zero));
}

/**
 * @param {Pick<Question, "song" | "clip">} question
 * @param {Plain[]} voices
 * @returns {Plain}
 */
function score({ song, clip }, voices) {
  return {
    length: lengthOf(clip),
    meter_map: { changes: meterChanges(clip) },
    tempo_map: { changes: [[0, song.tempo]] },
    key: songKey(song),
    loop: clip.looping ? { start: 0, end: lengthOf(clip) } : null,
    voices,
  };
}

/**
 * @param {Question} question
 * @returns {Plain | null}
 */
function context(question) {
  const length = heardLength(question);
  const voices = contextVoices(question.heard, length);
  return voices.length === 0 ? null : { ...score(question, voices), length, loop: null };
}

/**
 * @param {Question} question
 * @returns {Plain}
 */
function target(question) {
  const { clip, track } = /** @type {{clip: Clip, track: Track}} */ (question.target);
  const notes = wireNotes(notesInRegion(clip), regionOf(clip).start);
  return score({ ...question, clip }, [voice(track.name, track, notes)]);
}
