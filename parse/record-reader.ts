import { DecodeError } from '../netlink/index.js';
import type { ArchivedRecord } from './archived-record.js';
import { LineTime } from './line-time.js';
import { asRecordProvenance, type RecordProvenance } from './provenance.js';
import { ANYTHING, RAW_IDM_PART, RecordChanges } from './record-changes.js';
import { decodeRecord } from './record-line.js';
import { RepeatedText } from './repeated-text.js';
import { quadBits, sixBits } from './six-bits.js';

/** Fixed parts of a line that a collector has written. */
const BEFORE_TIMESTAMP = Buffer.from('{"Timestamp":"');
const BEFORE_RAW_IDM = Buffer.from('","RawIDM":"');
const BEFORE_ATTRIBUTES = Buffer.from('","Attributes":[');
const BEFORE_PROVENANCE = Buffer.from(',"Provenance":');
const NULL = Buffer.from('null');
const NEWLINE = 0x0a;
const [QUOTE, COMMA, CLOSING_BRACKET, CLOSING_BRACE, SMALL_N, PAD] = [0x22, 0x2c, 0x5d, 0x7d, 0x6e, 0x3d];
/** Longest timestamp that the fast path accepts: nine digits, an offset, and some reserve. */
const MAX_TIMESTAMP_BYTES = 64;

const INITIAL_BYTES = 4096;

/**
 * Record that a {@link RecordReader} has read in place: one object for all lines of a reader. What is beyond the record
 * is not enumerable, so a copy is a plain record.
 */
export class RecordInPlace implements ArchivedRecord {
  rawIdm: Uint8Array = new Uint8Array(0);
  attributes: (Uint8Array | null)[] = [];
  #serial = 0;
  readonly #changes = new RecordChanges();
  readonly #time = new LineTime();

  get timestamp(): string {
    return this.#time.text;
  }

  /** Number of the line among those of the reader: one more than that of the record that `changes` refers to. */
  get serial(): number {
    return this.#serial;
  }

  /** Bytes that differ from the record before. */
  get changes(): RecordChanges {
    return this.#changes;
  }

  /** Timestamp as it stands in the line. */
  get time(): LineTime {
    return this.#time;
  }

  /** Begins the next line. */
  begin(): void {
    this.#serial++;
  }
}

/**
 * Reads lines of archives in place, as bytes. The result equals that of {@link decodeRecord}, but lines as collectors
 * write them are several times as fast: base64 is decoded into reused memory. If a record has the layout of the
 * previous one, as usual, only the base64 that differs is decoded, and nothing is allocated. `decodeRecord` reads
 * all other lines.
 */
export class RecordReader {
  readonly #reuse: boolean;
  #payloads = new Uint8Array(INITIAL_BYTES);
  readonly #record = new RecordInPlace();
  /** Base64 text of the previous record's payloads. */
  readonly #before = new RepeatedText();
  /** Views of `#payloads` that records use: RawIDM, then by attribute number; and the offset of each. */
  #views: Uint8Array[] = [];
  #starts: number[] = [];
  /** End of the latest field in the line and in `#payloads`, and start of the first field in the line. */
  #at = 0;
  #to = 0;
  #body = 0;
  /** True if the line before ended behind its attributes. */
  #isPlain = false;

  /** @param options `reuse: false` gives each record its own memory, so that it stays valid */
  constructor({ reuse = true }: { readonly reuse?: boolean } = {}) {
    this.#reuse = reuse;
  }

  /**
   * Reads the line from `start` to `end` in `bytes`, without its newline. A reused record is valid until the next call,
   * which overwrites it.
   * @throws DecodeError as {@link decodeRecord} does
   */
  read(bytes: Buffer, start: number, end: number): ArchivedRecord {
    this.#record.begin();
    return this.#readUsual(bytes, start, end) ?? decodeRecord(bytes.toString('utf8', start, end));
  }

  /**
   * Reads the line at `start` if it differs from the one before only in its timestamp and in base64, and its newline
   * lies where that of the line before did: so its end need not be searched.
   * @returns offset of its newline, with the line in {@link record}; -1 for any other line: then {@link read} it
   */
  readNext(bytes: Buffer, start: number): number {
    if (!this.#isPlain) return -1;
    const body = this.#readStart(bytes, start, bytes.length);
    if (body < 0 || !this.#before.fits(body, bytes.length)) return -1;
    this.#record.begin();
    this.#record.changes.count = 0;
    const end = this.#before.readAgain(bytes, body, bytes.length, this.#payloads, this.#record.changes);
    if (end > body && bytes[end] === CLOSING_BRACE && bytes[end + 1] === NEWLINE) return end + 1;
    this.#isPlain = false;
    return -1;
  }

  /** Record that was read last, by {@link readNext}. */
  get record(): ArchivedRecord {
    return this.#record;
  }

  /** Reads up to RawIDM; returns the offset of its text, or -1 for any other content. */
  #readStart(bytes: Buffer, start: number, end: number): number {
    if (!holds(bytes, start, end, BEFORE_TIMESTAMP)) return -1;
    const timestamp = start + BEFORE_TIMESTAMP.length;
    const limit = Math.min(end, timestamp + MAX_TIMESTAMP_BYTES);
    let at = timestamp;
    while (at < limit && bytes[at] !== QUOTE) at++;
    if (!holds(bytes, at, end, BEFORE_RAW_IDM) || !this.#record.time.read(bytes, timestamp, at)) return -1;
    return at + BEFORE_RAW_IDM.length;
  }

  /** Reads a snapshot's line as collectors write it; undefined for any other line. */
  #readUsual(bytes: Buffer, start: number, end: number): ArchivedRecord | undefined {
    this.#isPlain = false;
    const body = this.#readStart(bytes, start, end);
    if (body < 0) return undefined;
    const { changes } = this.#record;
    changes.count = 0;
    this.#at = this.#before.readAgain(bytes, body, end, this.#payloads, changes);
    if (this.#at === body) {
      changes.count = ANYTHING;
      if (!this.#readPayloads(bytes, start, end)) return undefined;
    }
    const provenance = this.#readEnd(bytes, end);
    if (provenance === null) return undefined;
    const record = this.#record;
    if (provenance === undefined && this.#reuse) {
      this.#isPlain = true;
      return record;
    }
    const { timestamp: text, rawIdm, attributes } = record;
    return { timestamp: text, rawIdm, attributes, ...(provenance === undefined ? {} : { provenance }) };
  }

  /** Reads RawIDM and the attributes, from `#at` on; returns false for any other content. */
  #readPayloads(bytes: Buffer, start: number, end: number): boolean {
    const body = this.#at;
    this.#reserve(end - start);
    this.#before.begin();
    this.#body = body;
    this.#to = 0;
    const rawIdm = this.#payload(bytes, end, 0);
    if (rawIdm === undefined || !holds(bytes, this.#at, end, BEFORE_ATTRIBUTES)) return false;
    this.#at += BEFORE_ATTRIBUTES.length;
    const record = this.#record;
    if (!this.#readAttributes(bytes, end, record.attributes)) return false;
    record.rawIdm = rawIdm;
    if (this.#reuse) this.#before.keep(bytes, body, this.#at);
    return true;
  }

  /** Reads attributes up to and including the closing bracket; returns false for any other content. */
  #readAttributes(bytes: Buffer, end: number, attributes: (Uint8Array | null)[]): boolean {
    let count = 0;
    for (;;) {
      const first = bytes[this.#at];
      if (first === SMALL_N) {
        if (!holds(bytes, this.#at, end, NULL)) return false;
        this.#at += NULL.length;
        attributes[count] = null;
      } else if (first === QUOTE) {
        this.#at++;
        const payload = this.#payload(bytes, end, count + 1);
        if (payload === undefined) return false;
        this.#at++;
        attributes[count] = payload;
      } else {
        return false;
      }
      count++;
      const next = bytes[this.#at++];
      if (next === COMMA) continue;
      if (next !== CLOSING_BRACKET) return false;
      if (attributes.length !== count) attributes.length = count;
      return true;
    }
  }

  /** Reads the provenance after the attributes; undefined without provenance, null if the line ends differently. */
  #readEnd(bytes: Buffer, end: number): RecordProvenance | undefined | null {
    const at = this.#at;
    if (bytes[end - 1] !== CLOSING_BRACE) return null;
    if (at === end - 1) return undefined;
    if (!holds(bytes, at, end, BEFORE_PROVENANCE)) return null;
    const object = bytes[at + BEFORE_PROVENANCE.length];
    if (object !== 0x7b) return null;
    try {
      return asRecordProvenance(JSON.parse(bytes.toString('utf8', at + BEFORE_PROVENANCE.length, end - 1)));
    } catch (error) {
      // decodeRecord() then reports the fault.
      if (error instanceof SyntaxError || error instanceof DecodeError) return null;
      throw error;
    }
  }

  /**
   * Decodes base64 up to the closing quote and sets `#at` to it. Undefined when it is not standard base64.
   * @param index index of the view
   */
  #payload(bytes: Buffer, end: number, index: number): Uint8Array | undefined {
    const payloads = this.#payloads;
    const start = this.#to;
    let to = start;
    let at = this.#at;
    for (const last = end - 4; at <= last; at += 4) {
      const word = quadBits(bytes, at);
      if (word < 0) break;
      payloads[to] = word >> 16;
      payloads[to + 1] = word >> 8;
      payloads[to + 2] = word;
      to += 3;
    }
    this.#before.note(index === 0 ? RAW_IDM_PART : index - 1, this.#at - this.#body, at - this.#at, start);
    if (bytes[at] !== QUOTE) {
      // One or two bytes, padded, or not base64.
      if (at + 4 >= end || bytes[at + 3] !== PAD || bytes[at + 4] !== QUOTE) return undefined;
      const hasTwo = bytes[at + 2] !== PAD;
      const word =
        (sixBits(bytes, at) << 18) | (sixBits(bytes, at + 1) << 12) | (hasTwo ? sixBits(bytes, at + 2) << 6 : 0);
      if (word < 0) return undefined;
      payloads[to++] = word >> 16;
      if (hasTwo) payloads[to++] = word >> 8;
      at += 4;
    }
    if (at >= end) return undefined;
    this.#at = at;
    this.#to = to;
    const view = this.#views[index];
    if (view !== undefined && this.#starts[index] === start && view.length === to - start) return view;
    this.#starts[index] = start;
    const made = payloads.subarray(start, to);
    this.#views[index] = made;
    return made;
  }

  /** Reserves memory for the payloads of a line: three bytes per four characters. */
  #reserve(lineBytes: number): void {
    const bytes = Math.ceil(lineBytes / 4) * 3;
    if (this.#reuse && bytes <= this.#payloads.length) return;
    this.#payloads = new Uint8Array(bytes);
    this.#views = [];
    this.#starts = [];
    if (!this.#reuse) this.#record.attributes = [];
  }
}

/** Returns whether `bytes` has `expected` at `at`, before `end`. */
function holds(bytes: Buffer, at: number, end: number, expected: Uint8Array): boolean {
  if (at + expected.length > end) return false;
  for (let i = 0; i < expected.length; i++) {
    if (bytes[at + i] !== expected[i]) return false;
  }
  return true;
}
