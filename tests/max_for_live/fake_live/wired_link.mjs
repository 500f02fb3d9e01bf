// The link alone on a real wire, without a device around it.

import { Link } from "../../../max_for_live/src/core/link.js";
import { FakeWire } from "./fake_wire.mjs";

/** A link, its wire, and all that it said. */
export class WiredLink {
  /**
   * @param {any} settings as for `FakeWire`, and `serverPorts`
   */
  constructor({ serverPorts, ...wire }) {
    this.health = [];
    this.messages = [];
    this.symbols = new Set();
    this.timer = null;
    this.wire = new FakeWire({
      ...wire,
      onPacket: (address, atoms) => setImmediate(() => this.take(address, atoms)),
    });
    this.link = new Link({
      now: () => performance.now(),
      random: Math.random,
      client: "max-for-live test",
      ports: serverPorts,
      send: (port, address, atoms) => this.wire.send(port, address, atoms),
      listen: (port) => this.wire.listen(port),
      wake: (ms) => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.link.tick(), ms);
      },
      onHealth: (health) => this.health.push(health),
      onMessage: (message) => this.messages.push(message),
    });
    this.link.start();
  }

  get states() {
    return this.health.map(({ state }) => state);
  }

  take(address, atoms) {
    atoms.filter((atom) => typeof atom === "string").forEach((atom) => this.symbols.add(atom));
    this.link.receive(address, atoms);
  }

  /**
   * @param {() => any} condition
   * @param {string} what
   * @param {number} [patienceMs]
   * @returns {Promise<any>}
   */
  async until(condition, what, patienceMs = 20_000) {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const found = condition();
      if (found) return found;
      if (performance.now() > deadline) {
        throw new Error(`${what}: did not come; ${this.states}; ${this.link.health.sentence}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /**
   * @param {string} state
   * @param {number} [patienceMs]
   * @returns {Promise<void>}
   */
  async reach(state, patienceMs) {
    await this.until(() => this.link.health.state === state, state, patienceMs);
  }

  /**
   * Ask and wait for the last word.
   * @param {any} request
   * @param {number} [patienceMs]
   * @returns {Promise<any[]>} all messages about it
   */
  async answers(request, patienceMs) {
    const id = this.link.ask(request);
    const mine = () => this.messages.filter(({ request_id }) => request_id === id);
    const last = new Set([
      ...["done", "error"],
      ...["history_reply", "status_reply", "styles_reply", "learn_reply"],
    ]);
    await this.until(() => mine().some(({ kind }) => last.has(kind)), "the last word", patienceMs);
    return mine();
  }

  close() {
    this.link.stop();
    clearTimeout(this.timer);
    this.wire.close();
  }
}
