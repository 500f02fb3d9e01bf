// A stand-in for the Max patch around the codebox: udpsend and udpreceive, deferlow, Task, outlets.
// One message is one turn of the main thread. What Max would not take is an error of the scenario.

import vm from "node:vm";

import { FakeWire } from "./fake_wire.mjs";

const LONG_DELAY_MS = 500;
const MOST_ATOMS = 32_767;
const WIRE = new Set(["udp", "port", "listen"]);
const ESCAPED = /[,;\\$]/;

/** The patch and the script in it. */
export class FakeMax {
  /**
   * @param {object} settings
   * @param {string} settings.code of the codebox: a plain script
   * @param {Record<string, any> | ((max: FakeMax) => Record<string, any>)} [settings.globals] such as LiveAPI
   * @param {{thread: string, endTurn: () => void}} [settings.live] told of threads and turns
   * @param {number[]} [settings.serverPorts] where the device looks for the server
   * @param {number} [settings.pace] how fast the script's clock goes; below 1 a busy machine is not
   *   taken for a slow server
   * @param {number} [settings.loss]
   * @param {number} [settings.seed]
   * @param {(port: number, count: number) => boolean} [settings.deafPorts]
   */
  constructor({ code, globals = {}, live, serverPorts, pace = 1, ...wire }) {
    this.pace = pace;
    this.live = live ?? { thread: "main", endTurn: () => {} };
    this.wire = new FakeWire({
      ...wire,
      onPacket: (address, atoms) => this.deferred("osc", [address, ...atoms]),
    });
    this.port = 0;
    this.errors = [];
    this.posts = [];
    this.sent = [];
    this.symbols = new Set();
    this.longestTurnMs = 0;
    this.longestTurn = "";
    this.isOpen = true;
    this.context = vm.createContext({
      ...this.maxGlobals(),
      ...(typeof globals === "function" ? globals(this) : globals),
    });
    this.live.thread = "main";
    vm.runInContext(code, this.context, { filename: "codebox.js" });
    if (serverPorts !== undefined) this.handle("ports", serverPorts);
  }

  /**
   * @param {any} settings as for the constructor
   * @returns {Promise<FakeMax>}
   */
  static async open(settings) {
    return new FakeMax(settings);
  }

  get packets() {
    return this.wire.packets;
  }

  get thread() {
    return this.live.thread;
  }

  /**
   * Send a message to inlet 0 through deferlow.
   * @param {string} selector
   * @param {...(number | string)} atoms
   * @returns {Promise<void>} when the script has handled it
   */
  message(selector, ...atoms) {
    return this.deferred(selector, atoms);
  }

  /**
   * Send a message as the scheduler thread would without deferlow.
   * @param {string} selector
   * @param {...(number | string)} atoms
   */
  messageFromScheduler(selector, ...atoms) {
    this.live.thread = "scheduler";
    try {
      this.handle(selector, atoms);
    } finally {
      this.live.thread = "main";
    }
  }

  /**
   * @param {string} selector of outlet messages
   * @returns {(number | string)[][]} the atoms after it, of each
   */
  all(selector) {
    return this.sent.filter(([name]) => name === selector).map(([, ...atoms]) => atoms);
  }

  /**
   * @param {string} selector
   * @returns {(number | string)[] | undefined} the atoms of the last
   */
  last(selector) {
    return this.all(selector).at(-1);
  }

  /**
   * @returns {string} what the status line shows
   */
  get line() {
    return (this.last("line") ?? []).join(" ");
  }

  /**
   * Wait until something holds; the main thread goes on meanwhile.
   * @param {() => any} condition
   * @param {string} what in words, for the error
   * @param {number} [patienceMs]
   * @returns {Promise<any>} what the condition returned
   */
  async until(condition, what, patienceMs = 20_000) {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const found = condition();
      if (found) return found;
      if (Date.now() > deadline || this.errors.length > 0) {
        throw new Error(
          `${what}: did not come; the line says "${this.line}"; ${this.errors.map(String)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** The device is taken out; what went wrong in the script by then fails the scenario. */
  close() {
    if (!this.isOpen) return;
    this.handle("closing", []);
    this.isOpen = false;
    this.wire.close();
    if (this.errors.length > 0) throw this.errors[0];
  }

  /**
   * @param {string} selector
   * @param {(number | string)[]} atoms
   * @returns {Promise<void>}
   */
  deferred(selector, atoms) {
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        if (!this.isOpen) return resolve();
        this.turn(selector, () => this.handle(selector, atoms));
        return this.errors.length > 0 ? reject(this.errors[0]) : resolve();
      });
    }).catch((error) => {
      if (selector !== "osc") throw error;
    });
  }

  /**
   * @param {string} name of what happens
   * @param {() => void} act
   */
  turn(name, act) {
    this.live.thread = "main";
    const began = performance.now();
    try {
      act();
    } catch (error) {
      this.errors.push(error);
    }
    const ms = performance.now() - began;
    if (ms > this.longestTurnMs) {
      this.longestTurnMs = ms;
      this.longestTurn = name;
    }
    try {
      this.live.endTurn();
    } catch (error) {
      this.errors.push(error);
    }
  }

  /**
   * @param {string} selector
   * @param {(number | string)[]} atoms
   */
  handle(selector, atoms) {
    for (const atom of [selector, ...atoms]) if (typeof atom === "string") this.symbols.add(atom);
    const handler = this.context[selector];
    if (typeof handler !== "function") throw new Error(`v8.codebox: no function ${selector}`);
    this.context.messagename = selector;
    handler(...atoms);
  }

  /**
   * @param {number} index
   * @param {any[]} words
   */
  outlet(index, words) {
    const atoms = words.flat();
    if (index !== 0) throw new Error(`there is no outlet ${index}`);
    if (atoms.length > MOST_ATOMS) throw new Error(`a Max message of ${atoms.length} atoms`);
    for (const atom of atoms) this.checkAtom(atom, atoms);
    const [selector, ...rest] = atoms;
    if (!WIRE.has(selector)) this.sent.push(atoms);
    else if (selector === "port") this.port = rest[0];
    else if (selector === "listen") this.wire.listen(rest[0]);
    else this.wire.send(this.port, rest[0], rest.slice(1));
  }

  /**
   * @param {any} atom
   * @param {any[]} atoms of the message
   */
  checkAtom(atom, atoms) {
    const isAtom = typeof atom === "string" || Number.isFinite(atom);
    if (!isAtom) throw new Error(`${String(atom)} is no atom, in ${atoms.slice(0, 8)}`);
    if (typeof atom !== "string") return;
    this.symbols.add(atom);
    const isShown = atoms[0] === "line" || atoms[0] === "show";
    if (isShown && ESCAPED.test(atom)) throw new Error(`Max escapes "${atom}" in ${atoms}`);
  }

  /**
   * @returns {Record<string, any>} what Max gives to every script
   */
  maxGlobals() {
    const max = this;
    return {
      outlet: (/** @type {number} */ index, /** @type {any[]} */ ...words) =>
        max.outlet(index, words),
      post: (/** @type {any[]} */ ...words) => max.posts.push(words.join(" ")),
      error: (/** @type {any[]} */ ...words) => max.errors.push(new Error(words.join(" "))),
      arrayfromargs: (/** @type {any} */ words) => Array.from(words),
      messagename: "",
      inlet: 0,
      inlets: 1,
      outlets: 1,
      autowatch: 0,
      console: undefined,
      Date: pacedDate(max.pace),
      Task: taskClass(max),
    };
  }
}

/**
 * @param {number} pace
 * @returns {any} a class Date whose time goes that fast
 */
function pacedDate(pace) {
  const began = Date.now();
  return class extends Date {
    static now() {
      return began + (Date.now() - began) * pace;
    }
  };
}

/**
 * @param {FakeMax} max
 * @returns {any} Max's class Task; it runs in the main thread
 */
function taskClass(max) {
  return class Task {
    constructor(act, owner, ...words) {
      this.act = act;
      this.owner = owner;
      this.words = words;
      this.timer = null;
      this.running = false;
    }

    schedule(ms = 0) {
      this.cancel();
      this.running = true;
      this.timer = setTimeout(
        () => {
          this.running = false;
          if (max.isOpen) max.turn("task", () => this.act.apply(this.owner, this.words));
        },
        ms < LONG_DELAY_MS ? ms : ms / max.pace,
      );
    }

    cancel() {
      clearTimeout(this.timer);
      this.running = false;
    }
  };
}
