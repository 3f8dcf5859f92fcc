import { CaptureError } from './capture-error.js';
import type { CaptureFormat } from './capture-format.js';
import type { PacketCursor } from './cursor.js';
import { isPcap, Pcap } from './pcap.js';
import { Pcapng, SECTION_HEADER_BLOCK } from './pcapng.js';

/**
 * Result of reading a capture file: `whole`; `truncated`, when it ends within a record; `damaged`, when a record's
 * header cannot be true, so that nothing behind it was read. What came before was delivered in each case.
 */
export interface CaptureEnd {
  readonly kind: 'whole' | 'truncated' | 'damaged';
  /** Offset in the file behind the last record that was read. */
  readonly at: number;
}

const FIRST_BYTES = 65_536;

/** Reads a pcap or pcapng file in pieces of any size, and fills a cursor for each packet. */
export class CaptureReader {
  readonly #visit: (cursor: PacketCursor) => void;
  #format: CaptureFormat | null = null;
  /** What came and is not read yet: `#kept` of these bytes. */
  #buffer: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  #kept = 0;
  /** Bytes of a record that is not needed. */
  #skip = 0;
  #at = 0;
  #damaged = false;

  /** @param visit Called for each packet. The cursor and its bytes are valid until it returns. */
  constructor(visit: (cursor: PacketCursor) => void) {
    this.#visit = visit;
  }

  /** Returns the name of an interface, by {@link PacketCursor.ifindex}, if the file tells. */
  interfaceName(ifindex: number): string | undefined {
    return this.#format?.interfaceName(ifindex);
  }

  /**
   * Reads a file to its end.
   * @throws CaptureError When nothing of it can be read, and what `chunks` throws.
   */
  async read(chunks: AsyncIterable<Uint8Array>): Promise<CaptureEnd> {
    for await (const chunk of chunks) this.push(chunk);
    return this.end();
  }

  /**
   * Takes the next bytes of the file.
   * @throws CaptureError When it is no capture file, or has packets of an unknown link type.
   */
  push(chunk: Uint8Array): void {
    if (this.#damaged) return;
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    this.#at += skipped;
    if (this.#kept === 0) {
      const read = this.#readRecords(chunk, skipped, chunk.length);
      this.#keep(chunk, read, chunk.length);
      return;
    }
    this.#append(chunk, skipped);
    const read = this.#readRecords(this.#buffer, 0, this.#kept);
    this.#buffer.copyWithin(0, read, this.#kept);
    this.#kept -= read;
  }

  /** Returns how the file ended, after its last bytes. */
  end(): CaptureEnd {
    if (this.#damaged) return { kind: 'damaged', at: this.#at };
    const isWhole = this.#kept === 0 && this.#skip === 0 && this.#format !== null;
    return { kind: isWhole ? 'whole' : 'truncated', at: this.#at };
  }

  /** Reads records that are whole. Returns the offset of the first that is not. */
  #readRecords(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      this.#format ??= this.#recognize(bytes, at, end);
      if (this.#format === null) return at;
      const next = this.#format.read(bytes, at, end, this.#at);
      if (next === at) return at;
      if (next < 0) {
        this.#damaged = true;
        return end;
      }
      this.#at += Math.min(next, end) - at;
      this.#skip = Math.max(0, next - end);
      at = next;
    }
    return end;
  }

  #recognize(bytes: Uint8Array, at: number, end: number): CaptureFormat | null {
    if (end - at < 4) return null;
    const magic = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
    if (isPcap(magic)) return new Pcap(magic, this.#visit);
    if (magic === SECTION_HEADER_BLOCK) return new Pcapng(this.#visit);
    throw new CaptureError('neither pcap nor pcapng', { code: 'ERR_CAPTURE_FORMAT', at: 0 });
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (start >= end) return;
    this.#append(bytes.subarray(0, end), start);
  }

  #append(bytes: Uint8Array, start: number): void {
    const need = this.#kept + bytes.length - start;
    if (need > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(FIRST_BYTES, 2 * this.#buffer.length, need));
      grown.set(this.#buffer.subarray(0, this.#kept));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes.subarray(start), this.#kept);
    this.#kept = need;
  }
}
