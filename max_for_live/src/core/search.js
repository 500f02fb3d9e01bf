// Where to look for the server, and for how long: pure.

export const SERVER_PORTS = [17765, 17766, 17767, 17768];
const LOWEST_REPLY_PORT = 20_000;
const HIGHEST_REPLY_PORT = 32_767;
const WELCOME_WAIT_MS = 250;
export const RESTING_WAIT_MS = 2_000;

const TRIES_WITH_A_REPLY_PORT = 4;
const TRIES_BEFORE_REST = 8;

/**
 * @typedef {{serverPort: number, replyPort: number, waitMs: number}} Try
 */

/**
 * The order in which ports are tried. Max does not say when a reply port could not be bound, so
 * after a second in which no server answered, the next reply port is drawn; after two seconds the
 * search rests: one try in two seconds, every other one where the server was last.
 */
export class Search {
  /**
   * @param {number[]} serverPorts
   * @param {() => number} random 0 to 1
   */
  constructor(serverPorts, random) {
    this.serverPorts = serverPorts;
    this.random = random;
    this.first = 0;
    this.tries = 0;
    this.replyPort = 0;
  }

  /** Begin anew at the server port that was tried last, with the same reply port. */
  restart() {
    this.first = this.serverIndex();
    this.tries = 0;
  }

  /** Rest at once, and look above all at the server port that was tried last. */
  stay() {
    this.first = this.serverIndex();
    this.tries = TRIES_BEFORE_REST;
  }

  /**
   * @returns {boolean} whether every port was tried
   */
  get isExhausted() {
    return this.tries >= TRIES_BEFORE_REST;
  }

  /**
   * @returns {Try} what to try now
   */
  next() {
    const isSpent = this.tries > 0 && this.tries % TRIES_WITH_A_REPLY_PORT === 0;
    if (this.replyPort === 0 || isSpent) {
      this.replyPort = this.otherReplyPort();
    }
    const waitMs = this.isExhausted ? RESTING_WAIT_MS : WELCOME_WAIT_MS;
    this.tries += 1;
    return { serverPort: this.serverPorts[this.serverIndex()], replyPort: this.replyPort, waitMs };
  }

  /**
   * @returns {number} which server port the last try was for
   */
  serverIndex() {
    const last = Math.max(0, this.tries - 1);
    const count = this.serverPorts.length;
    if (last < TRIES_BEFORE_REST) {
      return (this.first + last) % count;
    }
    return last % 2 === 0 ? this.first : ((last - 1) / 2) % count;
  }

  /**
   * @returns {number}
   */
  otherReplyPort() {
    const count = HIGHEST_REPLY_PORT - LOWEST_REPLY_PORT + 1;
    const port = LOWEST_REPLY_PORT + Math.floor(this.random() * count);
    return port === this.replyPort ? LOWEST_REPLY_PORT + ((port + 1) % count) : port;
  }
}
