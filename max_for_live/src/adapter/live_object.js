// Objects of Live by id: the only place that makes LiveAPI objects. Live prints what it refuses and
// says nothing to scripts, so whoever writes looks afterwards whether it happened.

/* global LiveAPI */
import { idPath } from "./live_path.js";

/** One object of Live. */
export class LiveObject {
  /**
   * @param {LiveAPI} api
   */
  constructor(api) {
    this.api = api;
  }

  /**
   * @returns {number} 0 where the object is gone
   */
  get id() {
    return idFrom(this.api.id);
  }

  /**
   * @returns {string} such as "ClipSlot"
   */
  get type() {
    return this.api.type;
  }

  /**
   * @param {string} name of a function
   * @returns {boolean} whether this version of Live has it
   */
  can(name) {
    return new RegExp(`\\b${name}\\b`).test(String(this.api.info));
  }

  /**
   * @param {string} name
   * @returns {any[]}
   */
  values(name) {
    const value = this.api.get(name);
    // A property that this version of Live lacks comes as nothing.
    return Array.isArray(value) ? value : [value ?? ""];
  }

  /**
   * @param {string} name
   * @returns {number}
   */
  number(name) {
    return Number(this.values(name)[0]);
  }

  /**
   * @param {string} name
   * @returns {boolean}
   */
  flag(name) {
    return this.number(name) === 1;
  }

  /**
   * @param {string} name
   * @returns {string}
   */
  text(name) {
    return this.values(name).join(" ");
  }

  /**
   * @param {string} name of a list of children
   * @returns {number[]}
   */
  ids(name) {
    return this.values(name)
      .filter((value) => value !== "id")
      .map(Number);
  }

  /**
   * @param {string} name
   * @returns {LiveObject | null}
   */
  child(name) {
    return byId(this.ids(name)[0] ?? 0);
  }

  /**
   * @param {string} name
   * @returns {number} of children
   */
  count(name) {
    return Number(this.api.getcount(name));
  }

  /**
   * @param {string} name
   * @param {any} value
   */
  set(name, value) {
    this.api.set(name, value);
  }

  /**
   * @param {string} name
   * @param {...any} values
   * @returns {any}
   */
  call(name, ...values) {
    return this.api.call(name, ...values);
  }

  /**
   * Become another object: cheaper than a new LiveAPI where many are looked at.
   * @param {number} id
   * @returns {LiveObject} this
   */
  go(id) {
    this.api.id = id;
    return this;
  }
}

/**
 * @param {string} path
 * @returns {LiveObject | null} null where there is no such object
 */
export function open(path) {
  const object = new LiveObject(new LiveAPI(path));
  return object.id === 0 ? null : object;
}

/**
 * @param {number} id
 * @returns {LiveObject | null} null where the object is gone
 */
export function byId(id) {
  return id === 0 ? null : open(idPath(id));
}

/**
 * Call back when a property changes, and once at the beginning. The callback may not write.
 * @param {string} path
 * @param {string} property
 * @param {(values: any[]) => void} callback
 * @returns {() => void} stops it
 */
export function observe(path, property, callback) {
  const api = new LiveAPI(callback, path);
  api.property = property;
  return () => {
    api.property = "";
  };
}

/**
 * @param {string | number} id as Max gives it
 * @returns {number}
 */
function idFrom(id) {
  return Number(String(id).replace("id", "").trim());
}
