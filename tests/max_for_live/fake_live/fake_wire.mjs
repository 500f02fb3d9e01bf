// Max's udpsend and udpreceive over real UDP on loopback, with as much loss as a test wants.

import { createSocket } from "node:dgram";

import { packPacket, unpackPacket } from "./osc_packets.mjs";

const UDPSEND_MAX_BYTES = 5096;

/**
 * @param {number} seed
 * @returns {() => number} 0 to 1, the same numbers for the same seed
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One [udpsend 127.0.0.1] and one [udpreceive]; a port that cannot be bound is silent, as in Max. */
export class FakeWire {
  /**
   * @param {object} settings
   * @param {(address: string, atoms: (number | string)[]) => void} settings.onPacket
   * @param {number} [settings.loss] share of datagrams that never arrive, in either direction
   * @param {number} [settings.seed]
   * @param {(port: number, count: number) => boolean} [settings.deafPorts] which reply ports, the
   *   count-th that was asked for, cannot be bound
   */
  constructor({ onPacket, loss = 0, seed = 1, deafPorts = () => false }) {
    this.onPacket = onPacket;
    this.loss = loss;
    this.random = seededRandom(seed);
    this.deafPorts = deafPorts;
    this.packets = { sent: 0, received: 0, lost: 0 };
    this.listenCount = 0;
    this.listensOn = 0;
    this.receiver = null;
    this.sender = createSocket("udp4");
    this.sender.on("error", () => {});
  }

  /**
   * @param {number} port of the server
   * @param {string} address
   * @param {(number | string)[]} atoms
   */
  send(port, address, atoms) {
    const packet = packPacket(address, atoms);
    if (packet.length > UDPSEND_MAX_BYTES) throw new Error(`udpsend drops ${packet.length} bytes`);
    this.packets.sent += 1;
    if (this.isLost()) return;
    this.sender.send(packet, port, "127.0.0.1");
  }

  /**
   * @param {number} port
   */
  listen(port) {
    this.receiver?.close();
    this.receiver = null;
    this.listensOn = port;
    this.listenCount += 1;
    if (this.deafPorts(port, this.listenCount)) return;
    const receiver = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
    this.receiver = receiver;
    receiver.on("error", () => {});
    receiver.on("message", (packet) => {
      if (this.receiver !== receiver || this.isLost()) return;
      this.packets.received += 1;
      const { address, atoms } = unpackPacket(packet);
      this.onPacket(address, atoms);
    });
    receiver.bind(port, "127.0.0.1");
  }

  /**
   * @returns {boolean}
   */
  isLost() {
    const isLost = this.random() < this.loss;
    if (isLost) this.packets.lost += 1;
    return isLost;
  }

  /** Give the ports back. */
  close() {
    this.receiver?.close();
    this.receiver = null;
    this.sender.close();
  }
}
