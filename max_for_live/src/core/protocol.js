// The protocol's messages as JavaScript: plain objects <-> atoms. It has no Max global in it, so
// node runs it too. The objects have the keys of docs/protocol.md, in snake_case as on every wire.

import { TABLE } from "./protocol_table.js";
import { utf8Length } from "./utf8.js";

/**
 * @typedef {number | string} Atom
 * @typedef {Record<string, any>} Plain
 * @typedef {any[]} WireType the type's name, then what it is made of
 * @typedef {{name: string, type: WireType, required?: boolean, default?: any}} Field
 * @typedef {{address: string, from: string, fields: Field[]}} MessageRow
 * @typedef {object} Table
 * @property {number} protocol_version
 * @property {Record<string, number>} units
 * @property {number} min_note_width
 * @property {string} id_alphabet
 * @property {number} id_length
 * @property {number} max_text_bytes
 * @property {number} max_texts
 * @property {number} max_list
 * @property {Record<string, Field[]>} structs
 * @property {Record<string, MessageRow>} messages
 * @typedef {{write: (text: string, atoms: Atom[]) => void, read: (reader: Reader) => string}} Texts
 */

const MAX_INT32 = 2 ** 31 - 1;
const NOTE_FIELDS = TABLE.structs.note;
const KINDS = Object.fromEntries(
  Object.entries(TABLE.messages).map(([kind, row]) => [row.address, kind]),
);

/** Atoms or objects that are no message of the protocol. */
export class ProtocolError extends Error {}

/** From client to server a text is itself. */
export class InlineTexts {
  /**
   * @param {string} text
   * @param {Atom[]} atoms
   */
  write(text, atoms) {
    atoms.push(cutText(text));
  }

  /**
   * @param {Reader} reader
   * @returns {string}
   */
  read(reader) {
    return reader.string();
  }
}

/** From server to client a text is a number, and itself only where it is new in the session. */
export class NumberedTexts {
  constructor() {
    /** @type {Map<number, string>} */
    this.texts = new Map([[0, ""]]);
    /** @type {Map<string, number>} */
    this.numbers = new Map();
    this.said = 0;
  }

  /**
   * @param {string} text
   * @param {Atom[]} atoms
   */
  write(text, atoms) {
    const cut = cutText(text);
    const known = cut === "" ? 0 : this.numbers.get(cut);
    if (known !== undefined) {
      atoms.push(known);
      return;
    }
    const number = (this.said % TABLE.max_texts) + 1;
    this.said += 1;
    this.numbers.delete(this.texts.get(number) ?? "");
    this.numbers.set(cut, number);
    this.texts.set(number, cut);
    atoms.push(-number, cut);
  }

  /**
   * @param {Reader} reader
   * @returns {string}
   */
  read(reader) {
    const number = reader.number();
    if (number < 0 && number >= -TABLE.max_texts) {
      this.texts.set(-number, reader.string());
    }
    const text = this.texts.get(Math.abs(number));
    if (text === undefined) {
      throw new ProtocolError(`text number ${number} was never said in this session`);
    }
    return text;
  }
}

/** Reads atoms in order. */
class Reader {
  /**
   * @param {Atom[]} atoms
   */
  constructor(atoms) {
    this.atoms = atoms;
    this.position = 0;
  }

  /**
   * @returns {number} how many atoms are still to be read
   */
  get left() {
    return this.atoms.length - this.position;
  }

  /**
   * @returns {number}
   */
  number() {
    const atom = this.atoms[this.position];
    if (typeof atom !== "number" || !Number.isFinite(atom)) {
      throw new ProtocolError(`a number was expected at atom ${this.position}, got ${atom}`);
    }
    this.position += 1;
    return int32(atom);
  }

  /**
   * @returns {string}
   */
  string() {
    const atom = this.atoms[this.position];
    if (typeof atom !== "string") {
      throw new ProtocolError(`a string was expected at atom ${this.position}, got ${atom}`);
    }
    this.position += 1;
    return atom;
  }

  /**
   * @param {number} limit
   * @returns {number}
   */
  count(limit) {
    const count = this.number();
    if (count < 0 || count > limit || count > this.left) {
      throw new ProtocolError(`a list of ${count} elements cannot be`);
    }
    return count;
  }
}

/**
 * Return the atoms of a message; keys left out have their defaults.
 * @param {Plain} message with its `kind`
 * @param {Texts} [texts]
 * @returns {Atom[]}
 */
export function encodeMessage(message, texts = new InlineTexts()) {
  const row = TABLE.messages[message.kind];
  if (row === undefined) {
    throw new ProtocolError(`${message.kind} is no kind of message`);
  }
  const { kind, ...body } = message;
  /** @type {Atom[]} */
  const atoms = [];
  encodeFields(kind, row.fields, body, atoms, texts);
  return atoms;
}

/**
 * Return the message that atoms hold, every key present.
 * @param {string} address
 * @param {Atom[]} atoms of all its parts, without their heads
 * @param {Texts} texts of the session
 * @returns {Plain}
 */
export function decodeMessage(address, atoms, texts) {
  const kind = KINDS[address];
  if (kind === undefined) {
    throw new ProtocolError(`${address} is no address of the protocol`);
  }
  const reader = new Reader(atoms);
  const message = { kind, ...decodeFields(TABLE.messages[kind].fields, reader, texts) };
  if (reader.left > 0) {
    throw new ProtocolError(`${reader.left} atoms follow the end of a ${kind} message`);
  }
  return message;
}

/**
 * @param {string} id
 * @returns {number} a result id such as "7F3K2M" as a number of 30 bits
 */
export function numberFromId(id) {
  const digits = [...id.toUpperCase()].map((letter) => TABLE.id_alphabet.indexOf(letter));
  if (digits.length !== TABLE.id_length || digits.includes(-1)) {
    throw new ProtocolError(`${id} is no result id`);
  }
  return digits.reduce((number, digit) => number * TABLE.id_alphabet.length + digit, 0);
}

/**
 * @param {number} number
 * @returns {string} the result id of a number of 30 bits
 */
export function idFromNumber(number) {
  const base = TABLE.id_alphabet.length;
  if (number < 0 || number >= base ** TABLE.id_length) {
    throw new ProtocolError(`${number} is no result id`);
  }
  let rest = number;
  let id = "";
  for (let place = 0; place < TABLE.id_length; place += 1) {
    id = TABLE.id_alphabet[rest % base] + id;
    rest = Math.floor(rest / base);
  }
  return id;
}

/**
 * @param {number} value
 * @returns {number}
 */
function int32(value) {
  const rounded = Math.round(value);
  if (!(Math.abs(rounded) <= MAX_INT32 || rounded === -MAX_INT32 - 1)) {
    throw new ProtocolError(`numbers on the wire are int32, got ${value}`);
  }
  return rounded;
}

/**
 * @param {string} text
 * @returns {string}
 */
function cutText(text) {
  let bytes = 0;
  let cut = "";
  for (const letter of text.replaceAll("\0", "")) {
    bytes += utf8Length(letter);
    if (bytes > TABLE.max_text_bytes) {
      break;
    }
    cut += letter;
  }
  return cut;
}

/**
 * @param {string} owner
 * @param {Field[]} fields
 * @param {Plain} values
 * @param {Atom[]} atoms
 * @param {Texts} texts
 */
function encodeFields(owner, fields, values, atoms, texts) {
  const unknown = Object.keys(values).filter((key) => !fields.some(({ name }) => name === key));
  if (unknown.length > 0) {
    throw new ProtocolError(`${owner} has no ${unknown.join(", ")}`);
  }
  for (const field of fields) {
    encode(field.type, valueOf(owner, field, values), atoms, texts);
  }
}

/**
 * @param {string} owner
 * @param {Field} field
 * @param {Plain} values
 * @returns {any}
 */
function valueOf(owner, field, values) {
  const value = values[field.name];
  if (value !== undefined) {
    return value;
  }
  if (field.required) {
    throw new ProtocolError(`${owner} needs ${field.name}`);
  }
  return field.default;
}

/**
 * @param {Field[]} fields
 * @param {Reader} reader
 * @param {Texts} texts
 * @returns {Plain}
 */
function decodeFields(fields, reader, texts) {
  return Object.fromEntries(fields.map(({ name, type }) => [name, decode(type, reader, texts)]));
}

/**
 * @param {WireType} type
 * @param {any} value
 * @param {Atom[]} atoms
 * @param {Texts} texts
 */
function encode([name, inner, limit], value, atoms, texts) {
  if (name in TABLE.units) {
    atoms.push(int32(value * TABLE.units[name]));
  } else if (name === "int" || name === "bool") {
    atoms.push(int32(Number(value)));
  } else if (name === "text") {
    texts.write(value, atoms);
  } else if (name === "id") {
    atoms.push(numberFromId(value));
  } else if (name === "choice") {
    atoms.push(choiceNumber(inner, value));
  } else if (name === "struct") {
    encodeFields(inner, TABLE.structs[inner], value, atoms, texts);
  } else if (name === "notes") {
    encodeNotes(value, atoms, texts);
  } else if (name === "tuple") {
    inner.forEach((/** @type {WireType} */ type, /** @type {number} */ index) =>
      encode(type, value[index], atoms, texts),
    );
  } else if (name === "optional") {
    const isThere = value !== null && value !== undefined;
    atoms.push(Number(isThere));
    if (isThere) {
      encode(inner, value, atoms, texts);
    }
  } else {
    encodeList(name === "ints" ? ["int"] : inner, limit ?? TABLE.max_list, value, atoms, texts);
  }
}

/**
 * @param {string[]} names
 * @param {string} value
 * @returns {number}
 */
function choiceNumber(names, value) {
  const number = names.indexOf(value);
  if (number < 0) {
    throw new ProtocolError(`one of ${names.join(", ")} was expected, got ${value}`);
  }
  return number;
}

/**
 * @param {WireType} type
 * @param {number} limit
 * @param {any[]} values
 * @param {Atom[]} atoms
 * @param {Texts} texts
 */
function encodeList(type, limit, values, atoms, texts) {
  if (values.length > limit) {
    throw new ProtocolError(`a list may hold ${limit} elements, got ${values.length}`);
  }
  atoms.push(values.length);
  for (const value of values) {
    encode(type, value, atoms, texts);
  }
}

/**
 * @param {Plain[]} notes
 * @param {Atom[]} atoms
 * @param {Texts} texts
 */
function encodeNotes(notes, atoms, texts) {
  if (notes.length > TABLE.max_list) {
    throw new ProtocolError(`a list may hold ${TABLE.max_list} notes, got ${notes.length}`);
  }
  let width = NOTE_FIELDS.length;
  while (width > TABLE.min_note_width && notes.every((note) => isDefault(width - 1, note))) {
    width -= 1;
  }
  atoms.push(notes.length, width);
  for (const note of notes) {
    for (const field of NOTE_FIELDS.slice(0, width)) {
      encode(field.type, valueOf("note", field, note), atoms, texts);
    }
  }
}

/**
 * @param {number} index
 * @param {Plain} note
 * @returns {boolean}
 */
function isDefault(index, note) {
  const field = NOTE_FIELDS[index];
  return valueOf("note", field, note) === field.default;
}

/**
 * @param {WireType} type
 * @param {Reader} reader
 * @param {Texts} texts
 * @returns {any}
 */
function decode([name, inner, limit], reader, texts) {
  if (name in TABLE.units) {
    return reader.number() / TABLE.units[name];
  }
  switch (name) {
    case "int":
      return reader.number();
    case "bool":
      return reader.number() !== 0;
    case "text":
      return texts.read(reader);
    case "id":
      return idFromNumber(reader.number());
    case "choice":
      return choiceName(inner, reader.number());
    case "struct":
      return decodeFields(TABLE.structs[inner], reader, texts);
    case "notes":
      return decodeNotes(reader, texts);
    case "tuple":
      return inner.map((/** @type {WireType} */ type) => decode(type, reader, texts));
    case "optional":
      return reader.number() === 0 ? null : decode(inner, reader, texts);
    case "ints":
      return decodeList(["int"], TABLE.max_list, reader, texts);
    default:
      return decodeList(inner, limit, reader, texts);
  }
}

/**
 * @param {string[]} names
 * @param {number} number
 * @returns {string}
 */
function choiceName(names, number) {
  if (names[number] === undefined) {
    throw new ProtocolError(`0 to ${names.length - 1} was expected, got ${number}`);
  }
  return names[number];
}

/**
 * @param {WireType} type
 * @param {number} limit
 * @param {Reader} reader
 * @param {Texts} texts
 * @returns {any[]}
 */
function decodeList(type, limit, reader, texts) {
  return Array.from({ length: reader.count(limit) }, () => decode(type, reader, texts));
}

/**
 * @param {Reader} reader
 * @param {Texts} texts
 * @returns {Plain[]}
 */
function decodeNotes(reader, texts) {
  const count = reader.count(TABLE.max_list);
  const width = reader.number();
  if (width < TABLE.min_note_width || width > NOTE_FIELDS.length || count * width > reader.left) {
    throw new ProtocolError(`${count} notes of ${width} fields cannot be`);
  }
  const said = NOTE_FIELDS.slice(0, width);
  const unsaid = Object.fromEntries(
    NOTE_FIELDS.slice(width).map((field) => [field.name, field.default]),
  );
  return Array.from({ length: count }, () => ({ ...decodeFields(said, reader, texts), ...unsaid }));
}
