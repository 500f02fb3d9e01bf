// The Model menu: who can answer for a clip, by names for musicians.

/**
 * @typedef {import("./shapes.js").Plain} Plain
 * @typedef {import("./shapes.js").Track} Track
 * @typedef {{name: string, title: string}} Model `name` is how requests name it
 */

/** @type {Model} the server chooses */
export const AUTO = { name: "auto", title: "Auto" };

/**
 * @param {Plain | null} welcome what the server said of itself
 * @param {boolean} isDrums
 * @returns {Model[]} Auto, then those that can serve the clip, in the server's order
 */
export function modelsFor(welcome, isDrums) {
  const engines = /** @type {Plain[]} */ (welcome?.engines ?? []);
  const usable = engines.filter(
    ({ problem, serves_drums: servesDrums }) => problem === "" && (servesDrums || !isDrums),
  );
  return [AUTO, ...usable.map(({ name, title }) => ({ name, title }))];
}
