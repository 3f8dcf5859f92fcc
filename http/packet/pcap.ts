/** pcap files: draft-ietf-opsawg-pcap. */
import { CaptureError } from './capture-error.js';
import { type CaptureFormat, MOST_RECORD_BYTES } from './capture-format.js';
import { createCursor, type PacketCursor } from './cursor.js';
import { isKnownLinkType, skipLinkHeader } from './link.js';

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const VERSION_MAJOR = 2;

/** Reader of pcap files, of either byte order, with micro- or nanoseconds. */
export class Pcap implements CaptureFormat {
  readonly #visit: (cursor: PacketCursor) => void;
  readonly #littleEndian: boolean;
  readonly #nsPerUnit: number;
  readonly #cursor = createCursor();
  #linkType = -1;

  /** @param magic The first four bytes, as a little-endian number; see {@link isPcap}. */
  constructor(magic: number, visit: (cursor: PacketCursor) => void) {
    this.#visit = visit;
    this.#littleEndian = magic === MAGIC_MICROSECONDS || magic === MAGIC_NANOSECONDS;
    this.#nsPerUnit = magic === MAGIC_NANOSECONDS || magic === swap(MAGIC_NANOSECONDS) ? 1 : 1000;
  }

  interfaceName(): undefined {
    return undefined;
  }

  read(bytes: Uint8Array, start: number, end: number, at: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
    if (this.#linkType < 0) return this.#readHeader(view, start, at);
    if (view.byteLength < RECORD_HEADER_BYTES) return start;
    const little = this.#littleEndian;
    const captured = view.getUint32(8, little);
    if (captured > MOST_RECORD_BYTES) return -1;
    const next = start + RECORD_HEADER_BYTES + captured;
    if (next > end) return start;
    const cursor = this.#cursor;
    cursor.bytes = bytes;
    cursor.offset = start + RECORD_HEADER_BYTES;
    cursor.snaplen = captured;
    cursor.len = Math.max(captured, view.getUint32(12, little));
    cursor.seconds = view.getUint32(0, little);
    cursor.nanoseconds = view.getUint32(4, little) * this.#nsPerUnit;
    cursor.ifindex = 0;
    skipLinkHeader(cursor, this.#linkType);
    this.#visit(cursor);
    return next;
  }

  #readHeader(view: DataView, start: number, at: number): number {
    if (view.byteLength < FILE_HEADER_BYTES) return start;
    const major = view.getUint16(4, this.#littleEndian);
    if (major !== VERSION_MAJOR) {
      throw new CaptureError(`version ${major} of pcap is not 2`, { code: 'ERR_CAPTURE_VERSION', at: at + 4 });
    }
    // The upper bits say how long the frame check sequences are.
    const linkType = view.getUint32(20, this.#littleEndian) & 0xffff;
    if (!isKnownLinkType(linkType)) {
      throw new CaptureError(`link type ${linkType} is not known`, {
        code: 'ERR_CAPTURE_LINK_TYPE',
        at: at + 20,
        linkType,
      });
    }
    this.#linkType = linkType;
    return start + FILE_HEADER_BYTES;
  }
}

/** Returns whether a file that begins with these four bytes, as a little-endian number, is a pcap. */
export function isPcap(magic: number): boolean {
  return [MAGIC_MICROSECONDS, MAGIC_NANOSECONDS].some((each) => magic === each || magic === swap(each));
}

/** Returns a 32-bit number with its bytes in reverse. */
function swap(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24)) >>> 0;
}
