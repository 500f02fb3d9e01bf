// A world of its own for the link: a clock, a wire with latency and loss, and servers on it.

import { UNNUMBERED, joinFrames, parseFrame } from "../../../max_for_live/src/core/frames.js";
import { Link } from "../../../max_for_live/src/core/link.js";
import { Numbering } from "../../../max_for_live/src/core/numbering.js";
import {
  InlineTexts,
  NumberedTexts,
  decodeMessage,
  encodeMessage,
} from "../../../max_for_live/src/core/protocol.js";
import { TABLE } from "../../../max_for_live/src/core/protocol_table.js";
import { seededRandom } from "../fake_live/fake_wire.mjs";

export const WELCOME = {
  kind: "welcome",
  protocol_version: 1,
  server_version: "1.0.0",
  engines: [],
};

/** Time, and what will happen at which time. */
export class World {
  /**
   * @param {{seed?: number, loss?: number}} [settings]
   */
  constructor({ seed = 1, loss = 0 } = {}) {
    this.now = 0;
    this.random = seededRandom(seed);
    this.loss = loss;
    this.events = [];
    this.receivers = new Map();
    this.sent = [];
  }

  at(when, act, { isTimer = false } = {}) {
    this.events.push({ when, act, isTimer, order: this.events.length });
  }

  /** Deliver a datagram after a millisecond or so, or lose it. */
  deliver(port, address, atoms) {
    if (this.random() < this.loss) return;
    this.at(this.now + 1 + this.random(), () => this.receivers.get(port)?.(address, atoms));
  }

  /** Let so many milliseconds pass. */
  run(ms) {
    const until = this.now + ms;
    for (;;) {
      const next = this.events
        .filter(({ when }) => when <= until)
        .sort((a, b) => a.when - b.when || a.order - b.order)[0];
      if (next === undefined) break;
      this.events.splice(this.events.indexOf(next), 1);
      this.now = Math.max(this.now, next.when);
      next.act();
    }
    this.now = until;
  }

  /** Everybody stands still for so long; then timers come first, and after them what has arrived. */
  stall(ms) {
    this.now += ms;
    const due = this.events.filter(({ when }) => when <= this.now);
    this.events = this.events.filter(({ when }) => when > this.now);
    due.sort((a, b) => Number(b.isTimer) - Number(a.isTimer) || a.when - b.when);
    due.forEach(({ act }) => act());
  }
}

/** A link in a world, and all that it said. */
export class Device {
  /**
   * @param {World} world
   * @param {{ports?: number[], deaf?: (count: number) => boolean, now?: () => number}} [settings]
   *   deaf: which of the reply ports cannot be bound
   */
  constructor(world, { ports, deaf = () => false, now = () => world.now } = {}) {
    this.health = [];
    this.messages = [];
    this.sent = [];
    this.replyPorts = [];
    this.isStalled = false;
    let alarm = null;
    this.link = new Link({
      now,
      random: world.random,
      client: "max-for-live 1.0.0",
      ports,
      send: (port, address, atoms) => {
        this.sent.push({ at: world.now, port, address, atoms });
        world.deliver(port, address, atoms);
      },
      listen: (port) => {
        world.receivers.delete(this.replyPorts.at(-1));
        this.replyPorts.push(port);
        if (!deaf(this.replyPorts.length)) {
          world.receivers.set(port, (address, atoms) => this.link.receive(address, atoms));
        }
      },
      wake: (ms) => {
        const mine = {};
        alarm = mine;
        world.at(world.now + ms, () => alarm === mine && this.link.tick(), { isTimer: true });
      },
      onHealth: (health) => this.health.push(health),
      onMessage: (message) => this.messages.push(message),
    });
  }

  get states() {
    return this.health.map(({ state }) => state);
  }

  /** How many datagrams were sent in each two seconds of a stretch of time. */
  paces(from, to) {
    const counts = new Map();
    for (const { at } of this.sent) {
      if (at < from || at >= to) continue;
      const slice = Math.floor((at - from) / 2000);
      counts.set(slice, (counts.get(slice) ?? 0) + 1);
    }
    return [...counts.values()];
  }
}

/** What a server does about sessions, with answers that a test chooses. */
export class Server {
  /**
   * @param {World} world
   * @param {number} port
   * @param {{answer?: (message: any) => any[], version?: number}} [settings]
   */
  constructor(world, port, { answer = () => [], version = 1 } = {}) {
    this.world = world;
    this.port = port;
    this.answer = answer;
    this.version = version;
    this.sessions = new Map();
    this.asked = [];
    this.isRunning = true;
    world.receivers.set(port, (address, atoms) => this.received(parseFrame(address, atoms)));
    const beat = () => {
      if (!this.isRunning) return;
      this.flush();
      world.at(world.now + 5, beat);
    };
    beat();
  }

  kill() {
    this.isRunning = false;
    this.world.receivers.delete(this.port);
  }

  received(frame) {
    const session = this.sessions.get(frame.nonce) ?? this.opened(frame);
    if (session === null) return;
    const { numbering } = session;
    if (frame.address === "/reprise/ack") numbering.receivedAck(frame.sequence, this.world.now);
    else if (frame.address === "/reprise/ping") {
      this.world.deliver(session.replyPort, "/reprise/ping/reply", [frame.nonce]);
    } else {
      const messages = numbering.received(frame, this.world.now);
      messages.forEach((frames) => this.handle(session, frames));
    }
    this.flush();
  }

  opened(frame) {
    if (frame.address !== "/reprise/hello") return null;
    const hello = decodeMessage(frame.address, frame.atoms, new InlineTexts());
    if (hello.protocol_version !== this.version) {
      const refusal = { kind: "error", request_id: -1, code: 12, sentence: "versions differ" };
      this.world.deliver(hello.reply_port, "/reprise/error/reply", [
        ...[frame.nonce, UNNUMBERED, 0, 1],
        ...encodeMessage(refusal, new NumberedTexts()),
      ]);
      return null;
    }
    const session = {
      numbering: new Numbering(frame.nonce, this.world.now),
      replyPort: hello.reply_port,
      texts: new NumberedTexts(),
    };
    this.sessions.set(frame.nonce, session);
    return session;
  }

  handle(session, frames) {
    const message = decodeMessage(frames[0].address, joinFrames(frames), new InlineTexts());
    this.asked.push(message);
    const answers = message.kind === "hello" ? [WELCOME] : this.answer(message);
    answers.forEach((answer) => this.say(session, answer));
  }

  say(session, message) {
    const atoms = encodeMessage(message, session.texts);
    session.numbering.push(TABLE.messages[message.kind].address, atoms);
  }

  flush() {
    for (const { numbering, replyPort } of this.sessions.values()) {
      for (const { address, atoms } of numbering.outgoing(this.world.now)) {
        const said = address === "/reprise/ack" ? "/reprise/ack/reply" : address;
        this.world.deliver(replyPort, said, atoms);
      }
    }
  }
}
