// A Set with our device in it: the built device's code, the strict fake Live, the real server.

import { FakeLive } from "./fake_live.mjs";
import { FakeMax } from "./fake_max.mjs";
import { deviceCode } from "./device_code.mjs";
import { sharedPort } from "./reprise_server.mjs";

const CODE = deviceCode(new URL("../../../max_for_live/device/Reprise.amxd", import.meta.url));

/** What a scenario plays on. */
export class Stage {
  /**
   * @param {FakeLive} live
   * @param {any} device the record of our device
   * @param {any} settings
   */
  constructor(live, device, settings) {
    this.live = live;
    this.device = device;
    this.max = new FakeMax({
      code: CODE,
      live,
      globals: { LiveAPI: live.apiFor(device) },
      serverPorts: settings.serverPorts ?? [sharedPort()],
      pace: 0.25,
      ...settings,
    });
  }

  /**
   * Drag the device onto a track (or into a chain) and wait for the server.
   * @param {FakeLive} live
   * @param {any} parent
   * @param {any} [settings] for FakeMax; `engine` by its name, markov where nothing is said
   * @returns {Promise<Stage>}
   */
  static async open(live, parent, { engine = "From the Clip", state = [], ...settings } = {}) {
    const stage = new Stage(live, live.addReprise(parent), settings);
    try {
      await stage.load(state);
      if (engine !== "Auto") await stage.choose("model", (row) => row.startsWith(engine));
    } catch (error) {
      stage.close();
      throw error;
    }
    return stage;
  }

  /** The device loads, as Live does it: the saved state first, then live.thisdevice. */
  async load(state = []) {
    if (state.length > 0) await this.max.message("state", ...state);
    this.live.ready = true;
    await this.max.message("ready");
    await this.max.until(() => this.light === 1, "the server");
  }

  get light() {
    return this.max.last("light")?.[0];
  }

  get line() {
    return this.max.line;
  }

  /** Rows of a menu as it is now. */
  rows(menu) {
    const rows = [];
    for (const [name, action, value] of this.max.all("menu")) {
      if (name !== menu) continue;
      if (action === "clear") rows.length = 0;
      if (action === "append") rows.push(value);
    }
    return rows;
  }

  async choose(menu, wanted) {
    const row = await this.max.until(
      () => this.rows(menu).findIndex(wanted) + 1,
      `a row of ${menu}, which has ${this.rows(menu)}`,
    );
    await this.max.message("pick", menu, row - 1);
  }

  async set(controls) {
    for (const [name, value] of Object.entries(controls)) {
      await this.max.message("set", name, value);
    }
  }

  /** Press a button and wait until it is answered, by results or by a refusal. */
  async click(action) {
    const lines = this.max.all("line").length;
    await this.max.message("press", action);
    await this.max.until(
      () => this.max.all("line").length > lines && this.max.last("busy")[0] === -1,
      `an answer to ${action}`,
    );
    return this.line;
  }

  /** Press a button and wait until the request is on its way. */
  async start(action) {
    await this.max.message("press", action);
    await this.max.until(() => this.max.last("busy")[0] >= 0, `${action} to be under way`);
  }

  /**
   * Keep datagrams back, as a slow server would, until the returned function is called.
   * @param {(address: string, atoms: any[]) => boolean} wanted
   */
  hold(wanted) {
    const { max } = this;
    const deliver = max.deferred.bind(max);
    const held = [];
    max.deferred = (selector, [address, ...atoms]) => {
      if (selector !== "osc" || !wanted(address, atoms))
        return deliver(selector, [address, ...atoms]);
      held.push([address, ...atoms]);
      return Promise.resolve();
    };
    return () => {
      max.deferred = deliver;
      held.forEach((atoms) => deliver("osc", atoms));
    };
  }

  async finished() {
    await this.max.until(() => this.max.last("busy")[0] === -1, "the answer");
    return this.line;
  }

  /** The producer selects; the line says what a click would do. */
  async preview(act) {
    const lines = this.max.all("line").length;
    act();
    await this.max.until(() => this.max.all("line").length > lines, "a new line");
    return this.line;
  }

  close() {
    this.max.close();
  }
}

/** Sixteenth notes of a bass line over so many beats, two pitches in turn. */
export function bassNotes(beats = 8, from = 0) {
  const pitches = [36, 36, 43, 41, 36, 48, 39, 41];
  return Array.from({ length: beats * 2 }, (_, index) => ({
    pitch: pitches[index % 8],
    start_time: from + index / 2,
    duration: 0.4,
    velocity: 80 + (index % 5) * 6,
  }));
}

/** Triads, one a bar of four beats. */
export function chordNotes(bars = 4, from = 0) {
  const roots = [53, 49, 56, 51];
  return Array.from({ length: bars }, (_, bar) =>
    [0, 3, 7].map((step) => ({
      pitch: roots[bar % 4] + step,
      start_time: from + bar * 4,
      duration: 3.9,
    })),
  ).flat();
}
