// What the codebox says to the patch.

/* global outlet */
import { barsInCell, barsOf, notesInCells } from "../core/bars.js";
import { lineAtoms } from "../core/words.js";

/**
 * @typedef {import("../core/protocol.js").Atom} Atom
 * @typedef {import("../core/shapes.js").Clip} Clip
 * @typedef {keyof typeof LIGHTS} Light
 */

const LIGHTS = { off: 0, found: 1, searching: 2, busy: 3, missing: 4, versions: 5 };

/**
 * @param {string} selector
 * @param {...Atom} atoms
 */
export function out(selector, ...atoms) {
  outlet(0, [selector, ...atoms]);
}

/**
 * @param {number} port
 * @param {string} address
 * @param {Atom[]} atoms
 */
export function sendDatagram(port, address, atoms) {
  if (port !== sendDatagram.port) {
    out("port", port);
    sendDatagram.port = port;
  }
  outlet(0, ["udp", address, ...atoms]);
}
sendDatagram.port = 0;

/**
 * @param {string} sentence
 */
export function say(sentence) {
  out("line", ...lineAtoms(sentence));
}

/**
 * @param {Light} light
 */
export function showLight(light) {
  out("light", LIGHTS[light]);
}

/**
 * @param {Clip | null} clip
 * @param {boolean[]} marks
 */
export function showStrip(clip, marks) {
  if (clip === null) {
    out("barstate");
    return;
  }
  const counts = notesInCells(clip);
  out("bargroup", barsInCell(barsOf(clip)));
  out("barnotes", ...counts);
  out("barstate", ...counts.map((_, cell) => Number(marks[cell] ?? true)));
}

/**
 * @param {string} menu
 * @param {string[]} rows
 */
export function fillMenu(menu, rows) {
  out("menu", menu, "clear");
  rows.forEach((row) => out("menu", menu, "append", row));
}
