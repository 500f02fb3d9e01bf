// The one line that says before the click what it will do.

import { keyText } from "./keys.js";
import { notesInRegion } from "./bars.js";
import { counted, listed } from "./words.js";

/**
 * @typedef {import("./scope.js").Scope} Scope
 * @typedef {import("./shapes.js").Clip} Clip
 * @typedef {import("./shapes.js").Song} Song
 * @typedef {import("./shapes.js").Track} Track
 */

/**
 * @param {{clip: Clip, track: Track, song: Song, scope: Scope, heard: string[]}} read
 * @returns {string} such as "Vary 24 notes, bars 3 to 4, hearing Chords, Drums; F minor (found)"
 */
export function previewLine({ clip, track, song, scope, heard }) {
  const what =
    scope.freeCount > 0
      ? `Vary ${counted(scope.freeCount, "note")} of ${clip.name === "" ? track.name : clip.name}`
      : "Write into the empty clip";
  const parts = [what, scope.where];
  if (heard.length > 0) {
    parts.push(`hearing ${listed(heard)}`);
  }
  const key = track.isDrums ? "" : keyText(song, notesInRegion(clip));
  return `${parts.filter((part) => part !== "").join(", ")}${key === "" ? "" : `; ${key}`}`;
}
