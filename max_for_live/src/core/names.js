// Names of results: a slot of Live shows ten characters, so they begin with what differs.

/** @type {Record<string, string>} */
const LETTERS = {
  vary: "v",
  continue: "c",
  refill: "r",
  redo: "w",
  accompany: "a",
  morph: "m",
  develop: "d",
};

const RESULT_NAME = /^([vcrwamd])\d+ (.*?) ?#[0-9A-Z]{4}$/;

/**
 * @param {string} verb
 * @param {number} number from 1
 * @param {string} source the source's name
 * @param {string} resultId six characters
 * @returns {string} such as "v2 Bassline #7F3K"
 */
export function resultName(verb, number, source, resultId) {
  const base = baseName(source);
  return `${LETTERS[verb]}${number} ${base === "" ? "" : `${base} `}#${resultId.slice(0, 4)}`;
}

/**
 * @param {string} name of a clip
 * @returns {string} without what an earlier result was given
 */
export function baseName(name) {
  return RESULT_NAME.exec(name)?.[2] ?? name;
}

/**
 * @param {string} name of a clip
 * @returns {string} the verb that it is a result of, "" where it is none
 */
export function verbOfName(name) {
  const letter = RESULT_NAME.exec(name)?.[1];
  return Object.keys(LETTERS).find((verb) => LETTERS[verb] === letter) ?? "";
}
