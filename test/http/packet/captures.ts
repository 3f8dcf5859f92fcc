/** Capture files of the tests' own making. */

export interface FilePacket {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly bytes: Uint8Array;
  /** Bytes kept; all if absent. */
  readonly captured?: number;
}

export interface PcapOptions {
  readonly linkType?: number;
  readonly bigEndian?: boolean;
  readonly nanoseconds?: boolean;
}

/** Writes numbers in one byte order. */
class Bytes {
  readonly parts: Uint8Array[] = [];
  constructor(readonly bigEndian: boolean) {}

  u16(...values: number[]): this {
    for (const value of values) this.#add(2, (view) => view.setUint16(0, value, !this.bigEndian));
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.#add(4, (view) => view.setUint32(0, value, !this.bigEndian));
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.parts.push(bytes);
    return this;
  }

  padded(bytes: Uint8Array): this {
    return this.raw(bytes).raw(new Uint8Array(-bytes.length & 3));
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }

  #add(size: number, set: (view: DataView) => void): void {
    const bytes = new Uint8Array(size);
    set(new DataView(bytes.buffer));
    this.parts.push(bytes);
  }
}

export function pcap(packets: readonly FilePacket[], options: PcapOptions = {}): Buffer {
  const { linkType = 101, bigEndian = false, nanoseconds = false } = options;
  const file = new Bytes(bigEndian)
    .u32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4)
    .u16(2, 4)
    .u32(0, 0, 262_144, linkType);
  for (const each of packets) {
    const captured = each.captured ?? each.bytes.length;
    file.u32(
      each.seconds,
      nanoseconds ? each.nanoseconds : Math.floor(each.nanoseconds / 1000),
      captured,
      each.bytes.length,
    );
    file.raw(each.bytes.subarray(0, captured));
  }
  return file.done();
}

/** Writes one block of a pcapng file. */
function block(bigEndian: boolean, type: number, write: (body: Bytes) => void): Buffer {
  const body = new Bytes(bigEndian);
  write(body);
  const content = body.done();
  const length = content.length + 12;
  return new Bytes(bigEndian).u32(type, length).raw(content).u32(length).done();
}

export function sectionHeader(bigEndian: boolean): Buffer {
  return block(bigEndian, 0x0a0d0d0a, (body) => body.u32(0x1a2b3c4d).u16(1, 0).u32(0xffffffff, 0xffffffff));
}

export function interfaceDescription(
  bigEndian: boolean,
  { linkType = 101, name = 'eth0', resolution = 6 }: { linkType?: number; name?: string; resolution?: number },
): Buffer {
  return block(bigEndian, 1, (body) => {
    body.u16(linkType, 0).u32(0);
    body.u16(2, name.length).padded(Buffer.from(name));
    body.u16(9, 1).padded(Uint8Array.of(resolution));
    body.u16(0, 0);
  });
}

export function enhancedPacket(
  bigEndian: boolean,
  {
    index = 0,
    units,
    bytes,
    captured = bytes.length,
    flags,
  }: {
    index?: number;
    units: bigint;
    bytes: Uint8Array;
    captured?: number;
    flags?: number;
  },
): Buffer {
  return block(bigEndian, 6, (body) => {
    body.u32(index, Number(units >> 32n), Number(units & 0xffffffffn), captured, bytes.length);
    body.padded(bytes.subarray(0, captured));
    if (flags !== undefined) body.u16(2, 4).u32(flags).u16(0, 0);
  });
}

export function simplePacket(bigEndian: boolean, bytes: Uint8Array): Buffer {
  return block(bigEndian, 3, (body) => body.u32(bytes.length).padded(bytes));
}

/** Writes a block that readers do not know. */
export function unknownBlock(bigEndian: boolean, bytes: number): Buffer {
  return block(bigEndian, 0x0bad, (body) => body.raw(new Uint8Array(bytes)));
}
