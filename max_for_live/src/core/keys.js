// The key that new notes will follow: Live's scale where it is on, else the one found in the notes.

/**
 * @typedef {import("./shapes.js").Song} Song
 * @typedef {import("./shapes.js").Note} Note
 * @typedef {{tonic: number, scale: string}} Key
 */

const NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/** Semitones above the tonic by the protocol's names of scales. */
const SCALES = {
  major: "0 2 4 5 7 9 11",
  minor: "0 2 3 5 7 8 10",
  dorian: "0 2 3 5 7 9 10",
  phrygian: "0 1 3 5 7 8 10",
  lydian: "0 2 4 6 7 9 11",
  mixolydian: "0 2 4 5 7 9 10",
  locrian: "0 1 3 5 6 8 10",
  "harmonic minor": "0 2 3 5 7 8 11",
  "melodic minor": "0 2 3 5 7 9 11",
  "major pentatonic": "0 2 4 7 9",
  "minor pentatonic": "0 3 5 7 10",
  blues: "0 3 5 6 7 10",
  "whole tone": "0 2 4 6 8 10",
  chromatic: "0 1 2 3 4 5 6 7 8 9 10 11",
};

// Krumhansl and Kessler 1982, probe-tone profiles of C major and C minor, as the server has them.
const MAJOR = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88];
const MINOR = [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17];

/**
 * @param {Song} song
 * @returns {Key | null} Live's own, null where its scale is off or has no name in the protocol
 */
export function songKey(song) {
  const steps = song.scaleIntervals.join(" ");
  const found = Object.entries(SCALES).find(([, intervals]) => intervals === steps);
  return song.scaleOn && found !== undefined ? { tonic: song.rootNote, scale: found[0] } : null;
}

/**
 * Find the major or minor key that fits best, by Krumhansl's correlation.
 * @param {Note[]} notes
 * @returns {Key | null} null where nothing sounds
 */
export function findKey(notes) {
  const weights = new Array(12).fill(0);
  for (const note of notes) {
    weights[note.pitch % 12] += note.mute ? 0 : note.duration;
  }
  if (!weights.some((weight) => weight > 0)) {
    return null;
  }
  let best = { tonic: 0, scale: "major", fit: -2 };
  for (let tonic = 0; tonic < 12; tonic += 1) {
    for (const [scale, profile] of /** @type {[string, number[]][]} */ ([
      ["major", MAJOR],
      ["minor", MINOR],
    ])) {
      const fit = correlation(weights, profile, tonic);
      if (fit > best.fit) {
        best = { tonic, scale, fit };
      }
    }
  }
  return { tonic: best.tonic, scale: best.scale };
}

/**
 * @param {number[]} weights by pitch class
 * @param {number[]} profile of C
 * @param {number} tonic
 * @returns {number}
 */
function correlation(weights, profile, tonic) {
  const meanWeight = weights.reduce((sum, weight) => sum + weight, 0) / 12;
  const meanProfile = profile.reduce((sum, value) => sum + value, 0) / 12;
  let shared = 0;
  let left = 0;
  let right = 0;
  weights.forEach((weight, pitchClass) => {
    const a = weight - meanWeight;
    const b = profile[(pitchClass - tonic + 12) % 12] - meanProfile;
    shared += a * b;
    left += a * a;
    right += b * b;
  });
  return left > 0 ? shared / Math.sqrt(left * right) : 0;
}

/**
 * @param {Song} song
 * @param {Note[]} notes of the clip
 * @returns {string} such as "F minor (found)", "" where there is none
 */
export function keyText(song, notes) {
  const own = songKey(song);
  const key = own ?? findKey(notes);
  if (key === null) {
    return "";
  }
  return `${NAMES[key.tonic]} ${key.scale}${own === null ? " (found)" : ""}`;
}
