// A short mark of all in a clip that a producer may have edited.

const SHAPE = ["loop_start", "loop_end", "start_marker", "end_marker", "looping", "color"];

/**
 * @param {import("./live_object.js").LiveObject} clip
 * @returns {string} the same as long as nobody changes its notes, name, colour or loop
 */
export function markOf(clip) {
  const notes = String(clip.call("get_all_notes_extended"));
  const shape = SHAPE.map((name) => clip.number(name)).join(" ");
  return `${notes.length} ${hashOf(notes)} ${shape} ${clip.text("name")}`;
}

/**
 * @param {string} text
 * @returns {number} 32 bits
 */
function hashOf(text) {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = (hash * 31 + text.charCodeAt(index)) | 0;
  }
  return hash;
}
