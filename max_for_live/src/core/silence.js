// Whether the server is still there: pings when it is quiet, gives up when it stays quiet. Pure.

const IDLE_PING_MS = 4_000;

const SILENCE_MS = 500;
const LOST_MS = 3_000;

/** One session's silence. Times are ms of the link's clock. */
export class Silence {
  constructor() {
    this.isExpecting = false;
    this.expectedSince = 0;
    this.pingedAt = 0;
  }

  /** Something came. */
  heard() {
    this.isExpecting = false;
  }

  /**
   * From now on a sign of the server is due.
   * @param {number} now
   */
  expect(now) {
    if (!this.isExpecting) {
      this.isExpecting = true;
      this.expectedSince = now;
    }
  }

  /**
   * Time in which the host's thread stood still is no silence of the server's.
   * @param {number} lateMs
   * @param {number} heardAt
   */
  excuse(lateMs, heardAt) {
    this.expectedSince = Math.max(heardAt, this.expectedSince) + lateMs;
  }

  /**
   * Say what to do now.
   * @param {number} now
   * @param {number} heardAt when something came last
   * @param {boolean} isBusy whether something is unanswered or not acknowledged
   * @returns {"wait" | "ping" | "lost"}
   */
  advice(now, heardAt, isBusy) {
    if (!isBusy && !this.isExpecting) {
      if (now < heardAt + IDLE_PING_MS) {
        return "wait";
      }
      this.expect(now);
      this.pingedAt = now;
      return "ping";
    }
    this.expect(now);
    const silentMs = now - Math.max(heardAt, this.expectedSince);
    if (silentMs >= LOST_MS) {
      return "lost";
    }
    if (silentMs < SILENCE_MS || now - this.pingedAt < SILENCE_MS) {
      return "wait";
    }
    this.pingedAt = now;
    return "ping";
  }

  /**
   * @param {number} heardAt
   * @param {boolean} isBusy
   * @returns {number} when there will be something to do
   */
  deadline(heardAt, isBusy) {
    if (!isBusy && !this.isExpecting) {
      return heardAt + IDLE_PING_MS;
    }
    return Math.max(heardAt, this.expectedSince, this.pingedAt) + SILENCE_MS;
  }
}
