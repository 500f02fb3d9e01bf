// A clock that never goes back, made of one that may: the system's is set by people and networks.

/**
 * @param {() => number} read in ms
 * @returns {() => number} the same, but for steps back, which are no time at all
 */
export function steadyClock(read) {
  let last = read();
  let lost = 0;
  return () => {
    const time = read();
    lost = Math.max(lost, last - time);
    last = time + lost;
    return last;
  };
}
