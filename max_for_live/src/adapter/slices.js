// Long work in slices, so that Live's main thread never waits for it.

/* global Task */
const SLICE_MS = 8;

/**
 * Run a generator to its end, a slice at a time.
 * @template T
 * @param {Generator<void, T, void>} work
 * @param {(value: T) => void} done
 * @param {(error: any) => void} failed
 * @returns {() => void} stops it
 */
export function inSlices(work, done, failed) {
  let isStopped = false;
  /** @type {IteratorResult<void, T>} */
  let step = { done: false, value: undefined };
  const task = new Task(slice);
  /** Work until the slice is over; what is made of it has a slice of its own where this one is. */
  function slice() {
    const end = Date.now() + SLICE_MS;
    try {
      while (!isStopped && !step.done && Date.now() < end) {
        step = work.next();
      }
      if (isStopped) {
        return;
      }
      if (step.done && Date.now() < end) {
        isStopped = true;
        done(step.value);
      } else {
        task.schedule(1);
      }
    } catch (error) {
      isStopped = true;
      failed(error);
    }
  }
  slice();
  return () => {
    isStopped = true;
    task.cancel();
  };
}

/** Something that is done later, and once: what was asked before is off. One Task serves for ever. */
export class Timer {
  /**
   * @param {() => void} action
   */
  constructor(action) {
    this.action = action;
    /** @type {Task | null} */
    this.task = null;
  }

  /**
   * @param {number} ms
   */
  start(ms) {
    this.task ??= new Task(this.action);
    this.task.cancel();
    this.task.schedule(ms);
  }

  /** It is not done. */
  stop() {
    this.task?.cancel();
  }
}

/**
 * @param {number} ms
 * @param {() => void} action
 * @returns {() => void} calls it off
 */
export function schedule(ms, action) {
  const task = new Task(action);
  task.schedule(ms);
  return () => task.cancel();
}
