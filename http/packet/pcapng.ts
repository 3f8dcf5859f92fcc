/** pcapng files: draft-ietf-opsawg-pcapng. */
import { CaptureError } from './capture-error.js';
import { type CaptureFormat, MOST_RECORD_BYTES } from './capture-format.js';
import { createCursor, PACKET_HOST, PACKET_OUTGOING, type PacketCursor } from './cursor.js';
import { isKnownLinkType, skipLinkHeader } from './link.js';

/** Type of a section header block; the same in both byte orders. */
export const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION_BLOCK = 1;
const SIMPLE_PACKET_BLOCK = 3;
const ENHANCED_PACKET_BLOCK = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const VERSION_MAJOR = 1;
const SMALLEST_BLOCK_BYTES = 12;

const OPT_ENDOFOPT = 0;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
const EPB_FLAGS = 2;
/** Bits of `epb_flags`: the direction. */
const EPB_INBOUND = 1;
const EPB_OUTBOUND = 2;

const NS_PER_SECOND = 1_000_000_000n;

interface CaptureInterface {
  /** Number among all interfaces of the file. */
  readonly index: number;
  readonly linkType: number;
  readonly snaplen: number;
  name: string | undefined;
  unitsPerSecond: bigint;
  offsetSeconds: number;
}

/** Reader of pcapng files, of either byte order, which each section may change. */
export class Pcapng implements CaptureFormat {
  readonly #visit: (cursor: PacketCursor) => void;
  readonly #cursor = createCursor();
  readonly #names: (string | undefined)[] = [];
  #littleEndian = true;
  /** Those of this section. */
  #interfaces: CaptureInterface[] = [];

  constructor(visit: (cursor: PacketCursor) => void) {
    this.#visit = visit;
  }

  interfaceName(ifindex: number): string | undefined {
    return this.#names[ifindex];
  }

  read(bytes: Uint8Array, start: number, end: number, at: number): number {
    if (end - start < SMALLEST_BLOCK_BYTES) return start;
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
    let type = view.getUint32(0, this.#littleEndian);
    if (type === SECTION_HEADER_BLOCK && !this.#takeByteOrder(view)) return -1;
    type = view.getUint32(0, this.#littleEndian);
    const length = view.getUint32(4, this.#littleEndian);
    if (length < SMALLEST_BLOCK_BYTES || length % 4 !== 0) return -1;
    const isNeeded =
      type === INTERFACE_DESCRIPTION_BLOCK || type === SIMPLE_PACKET_BLOCK || type === ENHANCED_PACKET_BLOCK;
    if (type === SECTION_HEADER_BLOCK) {
      if (end - start < 16) return start;
      this.#beginSection(view, at);
    } else if (isNeeded) {
      if (length > MOST_RECORD_BYTES) return -1;
      if (length > end - start) return start;
      const block = new DataView(view.buffer, view.byteOffset, length - 4);
      if (!this.#takeBlock(type, block, bytes, start, at)) return -1;
    }
    return start + length;
  }

  /** Takes the byte order of a section. Returns whether there is one. */
  #takeByteOrder(view: DataView): boolean {
    this.#littleEndian = view.getUint32(8, true) === BYTE_ORDER_MAGIC;
    return this.#littleEndian || view.getUint32(8, false) === BYTE_ORDER_MAGIC;
  }

  #beginSection(view: DataView, at: number): void {
    const major = view.getUint16(12, this.#littleEndian);
    if (major !== VERSION_MAJOR) {
      throw new CaptureError(`version ${major} of pcapng is not 1`, { code: 'ERR_CAPTURE_VERSION', at: at + 12 });
    }
    this.#interfaces = [];
  }

  /** Takes a block without its last length. Returns whether it is sound. */
  #takeBlock(type: number, block: DataView, bytes: Uint8Array, start: number, at: number): boolean {
    switch (type) {
      case INTERFACE_DESCRIPTION_BLOCK:
        return this.#takeInterface(block);
      case SIMPLE_PACKET_BLOCK:
        return this.#takeSimplePacket(block, bytes, start, at);
      default:
        return this.#takePacket(block, bytes, start, at);
    }
  }

  #takeInterface(block: DataView): boolean {
    if (block.byteLength < 16) return false;
    const little = this.#littleEndian;
    const each: CaptureInterface = {
      index: this.#names.length,
      linkType: block.getUint16(8, little),
      snaplen: block.getUint32(12, little),
      name: undefined,
      unitsPerSecond: 1_000_000n,
      offsetSeconds: 0,
    };
    this.#eachOption(block, 16, (code, value) => {
      if (code === IF_NAME) each.name = textOf(value);
      else if (code === IF_TSRESOL && value.byteLength >= 1) each.unitsPerSecond = unitsPerSecond(value.getUint8(0));
      else if (code === IF_TSOFFSET && value.byteLength >= 8) each.offsetSeconds = Number(value.getBigInt64(0, little));
    });
    this.#interfaces.push(each);
    this.#names.push(each.name);
    return true;
  }

  #takePacket(block: DataView, bytes: Uint8Array, start: number, at: number): boolean {
    if (block.byteLength < 28) return false;
    const little = this.#littleEndian;
    const captured = block.getUint32(20, little);
    const from = this.#interfaces[block.getUint32(8, little)];
    if (captured > block.byteLength - 28 || from === undefined) return false;
    const cursor = this.#cursor;
    setTime(cursor, from, block.getUint32(12, little), block.getUint32(16, little));
    let flags = 0;
    const options = 28 + captured + (-captured & 3);
    if (options < block.byteLength) {
      this.#eachOption(block, options, (code, value) => {
        if (code === EPB_FLAGS && value.byteLength >= 4) flags = value.getUint32(0, little);
      });
    }
    this.#deliver(from, bytes, start + 28, captured, block.getUint32(24, little), flags, at);
    return true;
  }

  /** A simple packet is of the first interface, and has no time: it gets that of the packet before it. */
  #takeSimplePacket(block: DataView, bytes: Uint8Array, start: number, at: number): boolean {
    const from = this.#interfaces[0];
    if (from === undefined) return false;
    const length = block.getUint32(8, this.#littleEndian);
    const most = from.snaplen === 0 ? length : Math.min(length, from.snaplen);
    this.#deliver(from, bytes, start + 12, Math.min(most, block.byteLength - 12), length, 0, at);
    return true;
  }

  #deliver(
    from: CaptureInterface,
    bytes: Uint8Array,
    offset: number,
    captured: number,
    length: number,
    flags: number,
    at: number,
  ): void {
    const { linkType } = from;
    if (!isKnownLinkType(linkType)) {
      throw new CaptureError(`link type ${linkType} is not known`, { code: 'ERR_CAPTURE_LINK_TYPE', at, linkType });
    }
    const cursor = this.#cursor;
    cursor.bytes = bytes;
    cursor.offset = offset;
    cursor.snaplen = captured;
    cursor.len = Math.max(captured, length);
    skipLinkHeader(cursor, linkType);
    cursor.ifindex = from.index;
    if (cursor.pkttype < 0) {
      const direction = flags & 3;
      if (direction === EPB_INBOUND) cursor.pkttype = PACKET_HOST;
      else if (direction === EPB_OUTBOUND) cursor.pkttype = PACKET_OUTGOING;
    }
    this.#visit(cursor);
  }

  /** Calls `take` for each option that is whole. */
  #eachOption(block: DataView, start: number, take: (code: number, value: DataView) => void): void {
    for (let at = start; at + 4 <= block.byteLength; ) {
      const code = block.getUint16(at, this.#littleEndian);
      const length = block.getUint16(at + 2, this.#littleEndian);
      if (code === OPT_ENDOFOPT || at + 4 + length > block.byteLength) return;
      take(code, new DataView(block.buffer, block.byteOffset + at + 4, length));
      at += 4 + length + (-length & 3);
    }
  }
}

/** Returns what `if_tsresol` says: a power of 10, or of 2 if its highest bit is set. */
function unitsPerSecond(resolution: number): bigint {
  return (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 2n ** BigInt(resolution & 0x7f);
}

function setTime(cursor: PacketCursor, from: CaptureInterface, high: number, low: number): void {
  const units = (BigInt(high) << 32n) | BigInt(low);
  const rest = units % from.unitsPerSecond;
  cursor.seconds = Number(units / from.unitsPerSecond) + from.offsetSeconds;
  cursor.nanoseconds = Number((rest * NS_PER_SECOND) / from.unitsPerSecond);
}

function textOf(value: DataView): string {
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, '');
}
