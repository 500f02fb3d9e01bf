// What Max calls by name, in its main thread. Nothing of Live may be used before `ready`.

import { Device } from "./device.js";

/** @type {Device | null} */
let device = null;
/** @type {number[] | undefined} */
let serverPorts;

/**
 * @returns {Device}
 */
function theDevice() {
  device ??= new Device(serverPorts);
  return device;
}

/**
 * Look for the server elsewhere; said before all else, by tests.
 * @param {...number} numbers
 */
export function ports(...numbers) {
  serverPorts = numbers;
}

/** The device is there and the Live API may be used. */
export function ready() {
  theDevice().ready();
}

/** The device is taken out. */
export function closing() {
  theDevice().close();
}

/**
 * A datagram came.
 * @param {string} address
 * @param {...(number | string)} atoms
 */
export function osc(address, ...atoms) {
  theDevice().link.receive(address, atoms);
}

/**
 * A button was pressed.
 * @param {string} action
 */
export function press(action) {
  theDevice().press(action);
}

/**
 * A control was moved, by a hand, by automation or by a Set that is opened.
 * @param {string} name
 * @param {number} value
 */
export function set(name, value) {
  theDevice().set(name, value);
}

/**
 * A row of a menu was chosen.
 * @param {string} menu
 * @param {number} row
 */
export function pick(menu, row) {
  theDevice().pick(menu, row);
}

/**
 * A bar of the strip was clicked.
 * @param {number} cell
 * @param {number} isMarked
 */
export function bars(cell, isMarked) {
  theDevice().mark(cell, isMarked === 1);
}

/**
 * What was saved with the Set came back.
 * @param {...number} packed
 */
export function state(...packed) {
  theDevice().restore(packed);
}
