// OSC messages as bytes, written against the OSC 1.0 page and not against any code of ours.

/**
 * @param {string} text
 * @returns {Buffer} with NULs up to a multiple of four
 */
function padded(text) {
  const bytes = Buffer.from(text, "utf-8");
  return Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
}

/**
 * @param {string} address
 * @param {(number | string)[]} atoms whole numbers go as int32, others as float32
 * @returns {Buffer}
 */
export function packPacket(address, atoms) {
  let tags = ",";
  const bodies = atoms.map((atom) => {
    if (typeof atom === "string") {
      tags += "s";
      return padded(atom);
    }
    const body = Buffer.alloc(4);
    if (Number.isInteger(atom)) {
      tags += "i";
      body.writeInt32BE(atom);
    } else {
      tags += "f";
      body.writeFloatBE(atom);
    }
    return body;
  });
  return Buffer.concat([padded(address), padded(tags), ...bodies]);
}

/**
 * @param {Buffer} packet
 * @returns {{address: string, atoms: (number | string)[]}}
 */
export function unpackPacket(packet) {
  let offset = 0;
  const string = () => {
    const end = packet.indexOf(0, offset);
    const text = packet.toString("utf-8", offset, end);
    offset = end + 4 - ((end - offset) % 4);
    return text;
  };
  const address = string();
  const readers = {
    s: string,
    i: () => packet.readInt32BE((offset += 4) - 4),
    f: () => packet.readFloatBE((offset += 4) - 4),
  };
  const atoms = [...string().slice(1)].map((tag) => readers[tag]());
  return { address, atoms };
}
