// What sounds beside the source: clips of other tracks, unrolled over the span that is asked about.

import { regionOf } from "./bars.js";
import { EDGE } from "./shapes.js";

/**
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Heard} Heard
 * @typedef {import("./shapes.js").Note} Note
 * @typedef {import("./shapes.js").Plain} Plain
 * @typedef {import("./shapes.js").Track} Track
 */

export const MAX_HEARD = 8;
const MAX_NOTES = 20_000;

/**
 * Return the notes that a clip sounds, on the source's time line.
 * @param {Clip} clip
 * @param {number} from its own time at the source's start
 * @param {number} length beats that are asked about
 * @returns {Note[]} by start, cut at both ends and where its loop begins again
 */
export function unroll(clip, from, length) {
  const { start: loopStart, end: loopEnd } = regionOf(clip);
  const round = clip.looping ? loopEnd - loopStart : Infinity;
  const notes = [];
  for (const note of clip.notes) {
    if (note.mute || note.start < loopStart - EDGE || note.start >= loopEnd - EDGE) {
      continue;
    }
    const sounding = Math.min(note.duration, loopEnd - note.start);
    for (
      let start = firstStart(note.start - from, sounding, round);
      start < length - EDGE;
      start += round
    ) {
      const begin = Math.max(0, start);
      const duration = Math.min(start + sounding, length) - begin;
      if (duration > EDGE) {
        notes.push({ ...note, start: begin, duration });
      }
    }
  }
  return notes.sort((a, b) => a.start - b.start || a.pitch - b.pitch);
}

/**
 * @param {number} start of one round
 * @param {number} sounding
 * @param {number} round
 * @returns {number} start of the first round that is heard at or after 0
 */
function firstStart(start, sounding, round) {
  if (round === Infinity) {
    return start;
  }
  const rounds = Math.ceil((EDGE - sounding - start) / round);
  return start + rounds * round;
}

/**
 * @param {Heard[]} heard
 * @param {number} length
 * @returns {Plain[]} voices of the request's context, one a track; silent ones are left out
 */
export function contextVoices(heard, length) {
  const voices = [];
  let count = 0;
  for (const track of tracksOf(heard)) {
    const clips = heard.filter((one) => one.track.id === track.id);
    const muted = new Set(track.pads.filter((pad) => pad.isMuted).map(({ pitch }) => pitch));
    const notes = clips.flatMap((one) => heardNotes(one, length));
    const audible = notes.filter(({ pitch }) => !muted.has(pitch));
    count += audible.length;
    if (audible.length > 0 && count <= MAX_NOTES) {
      voices.push(
        voice(
          track.name,
          track,
          audible.map((note) => wireNote(note, 0)),
        ),
      );
    }
  }
  return voices;
}

/**
 * @param {Heard[]} heard
 * @returns {Track[]} each once, in their order
 */
export function tracksOf(heard) {
  return [...new Map(heard.map(({ track }) => [track.id, track])).values()];
}

/**
 * @param {Heard} heard
 * @param {number} length
 * @returns {Note[]} on the source's time line
 */
function heardNotes({ clip, from, since, until }, length) {
  const notes = unroll(clip, from, Math.min(until, length) - since);
  return notes.map((note) => ({ ...note, start: note.start + since }));
}

/**
 * @param {string} name
 * @param {Track} track
 * @param {Plain[]} notes
 * @returns {Plain} a voice of the protocol
 */
export function voice(name, track, notes) {
  return {
    name: name.slice(0, 200),
    is_drums: track.isDrums ? true : null,
    pads: padNames(track.pads),
    notes,
  };
}

/**
 * @param {import("./shapes.js").Pad[]} pads
 * @returns {[number, string][]} as the protocol has them
 */
export function padNames(pads) {
  return pads.map(({ pitch, name }) => [pitch, name.slice(0, 200)]);
}

/**
 * @param {Note} note
 * @param {number} zero the clip's time that is 0 in the request
 * @returns {Plain} a note of the protocol
 */
export function wireNote(note, zero) {
  return {
    start: Math.max(0, note.start - zero),
    pitch: note.pitch,
    duration: note.duration,
    velocity: Math.min(127, Math.max(1, Math.round(note.velocity))),
    probability: note.probability,
    velocity_deviation: Math.round(note.velocityDeviation),
    release_velocity: Math.round(note.releaseVelocity),
    is_muted: note.mute,
  };
}
