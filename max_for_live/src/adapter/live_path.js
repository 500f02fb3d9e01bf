// Every path into Live's object tree that the device spells; all else is found by ids.

export const SONG = "live_set";
export const VIEW = "live_set view";
export const DEVICE = "this_device";

/**
 * @param {number} id
 * @returns {string}
 */
export function idPath(id) {
  return `id ${id}`;
}
