// Messages cut into datagrams of at most 1,400 bytes, and put together again. Section 3 of
// server/reprise/client.py in JavaScript.

import { ProtocolError } from "./protocol.js";
import { utf8Length } from "./utf8.js";

/**
 * @typedef {import("./protocol.js").Atom} Atom
 * @typedef {object} Frame one datagram: its head, and the atoms behind it
 * @property {string} address
 * @property {number} nonce of the session
 * @property {number} sequence of the datagram, -1 outside the numbering
 * @property {number} part which of its message, from 0
 * @property {number} partCount
 * @property {Atom[]} atoms
 */

export const MAX_DATAGRAM_BYTES = 1400;
export const MAX_PARTS = 2048;
export const UNNUMBERED = -1;

const HEAD_ATOMS = 4;

/**
 * Return the frame of a datagram. Acknowledgements and pings have short heads; what they lack
 * counts as 0.
 * @param {string} address
 * @param {Atom[]} atoms as they came, with the head
 * @returns {Frame | null} null where there is no head
 */
export function parseFrame(address, atoms) {
  const head = atoms.slice(0, HEAD_ATOMS);
  if (head.length === 0 || head.some((atom) => typeof atom !== "number")) {
    return null;
  }
  const [nonce, sequence = 0, part = 0, partCount = 0] = head.map(Number);
  return { address, nonce, sequence, part, partCount, atoms: atoms.slice(HEAD_ATOMS) };
}

/**
 * Return the atoms of each part of a message, every part as full as a datagram allows.
 * @param {string} address
 * @param {Atom[]} atoms
 * @returns {Atom[][]}
 */
export function splitAtoms(address, atoms) {
  const room = MAX_DATAGRAM_BYTES - paddedBytes(address) - 5 * HEAD_ATOMS - 8;
  const parts = [];
  let start = 0;
  let used = 0;
  atoms.forEach((atom, index) => {
    const bytes = 1 + (typeof atom === "string" ? paddedBytes(atom) : 4);
    if (used + bytes > room) {
      parts.push(atoms.slice(start, index));
      start = index;
      used = 0;
    }
    used += bytes;
  });
  parts.push(atoms.slice(start));
  if (parts.length > MAX_PARTS) {
    throw new ProtocolError(`a message may have ${MAX_PARTS} parts, this one has ${parts.length}`);
  }
  return parts;
}

/**
 * Return the atoms of a whole message, or say that its parts do not make one.
 * @param {Frame[]} frames in order, one or more
 * @returns {Atom[]}
 */
export function joinFrames(frames) {
  const { address, partCount } = frames[0];
  const belongs = frames.every(
    (frame, part) =>
      frame.address === address && frame.part === part && frame.partCount === partCount,
  );
  if (!belongs || frames.length !== partCount) {
    throw new ProtocolError(`the parts of a message to ${address} do not belong together`);
  }
  return frames.flatMap((frame) => frame.atoms);
}

/**
 * @param {string} text
 * @returns {number} its bytes in UTF-8 with the NULs that OSC adds
 */
function paddedBytes(text) {
  const bytes = utf8Length(text);
  return bytes + 4 - (bytes % 4);
}
