// The class that Max gives to scripts: paths, ids, get, set, call, observers.

import { FUNCTIONS } from "./live_functions.mjs";
import { KINDS, LiveError } from "./live_objects.mjs";

/**
 * @param {import("./fake_live.mjs").FakeLive} live
 * @param {any} device the record that `this_device` means
 * @returns {any} the class
 */
export function liveApi(live, device) {
  return class LiveAPI {
    #record = null;
    #observed = null;
    #callback = null;

    constructor(first, second) {
      live.guard("LiveAPI");
      live.created += 1;
      this.#callback = typeof first === "function" ? first : null;
      const path = this.#callback === null ? first : second;
      if (path !== undefined && path !== "") this.goto(path);
    }

    goto(path) {
      live.guard("goto");
      this.#record = live.resolve(path, device);
    }

    get #alive() {
      return this.#record !== null && live.get(this.#record.id) === this.#record;
    }

    get id() {
      return this.#alive ? String(this.#record.id) : "0";
    }

    set id(value) {
      this.goto(`id ${value}`);
    }

    get type() {
      return this.#target("type").type;
    }

    get unquotedpath() {
      return this.#alive ? live.pathOf(this.#record) : "";
    }

    get path() {
      return `"${this.unquotedpath}"`;
    }

    get info() {
      const kind = KINDS[this.#target("info").type];
      const functions = (kind.functions ?? []).filter((name) => !live.missing.has(name));
      return functions.map((name) => `function ${name}`).join("\n");
    }

    #target(what) {
      live.guard(what);
      if (!this.#alive) throw new LiveError(`${what} on id 0: there is no such object any more`);
      live.calls += 1;
      return this.#record;
    }

    get(name) {
      return live.read(this.#target(`get ${name}`), name);
    }

    getcount(name) {
      const record = this.#target(`getcount ${name}`);
      if (!(name in record.lists)) throw new LiveError(`${record.type} has no list ${name}`);
      return record.lists[name].length;
    }

    set(name, ...values) {
      const record = this.#target(`set ${name}`);
      live.set(record, name, values);
    }

    call(name, ...values) {
      const record = this.#target(`call ${name}`);
      if (!(KINDS[record.type].functions ?? []).includes(name)) {
        throw new LiveError(`${record.type} has no function ${name}`);
      }
      if (live.missing.has(name)) {
        live.refuse(`${record.type} has no function ${name} in this version`);
        return undefined;
      }
      return FUNCTIONS[`${record.type}.${name}`](live, record, values);
    }

    get property() {
      return this.#observed?.name ?? "";
    }

    set property(name) {
      live.observers.delete(this.#observed);
      this.#observed = null;
      if (name === "") return;
      const record = this.#target(`observe ${name}`);
      if (!(KINDS[record.type].observe ?? []).includes(name)) {
        throw new LiveError(`${record.type}.${name} cannot be observed`);
      }
      if (this.#callback === null) throw new LiveError(`${name} is observed without a callback`);
      this.#observed = { record, name, callback: this.#callback };
      live.observers.add(this.#observed);
      live.tell(this.#observed);
    }
  };
}
