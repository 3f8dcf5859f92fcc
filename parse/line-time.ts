import { isTimestamp, timestampToNs } from './timestamp.js';

const [ZERO, DOT, Z] = [0x30, 0x2e, 0x5a];
/** Characters of `2026-11-20T23:28:`. An archive has few different minutes, so the latest one is kept. */
const MINUTE_CHARS = 17;
/** Characters of `2026-11-20T23:28:03Z`. */
const SECOND_CHARS = 20;
/** Most digits of a fraction that are read here. */
const MOST_DIGITS = 9;
/** Centuries whose microseconds are exact in a number. */
const [FIRST_CENTURY, LAST_CENTURY] = [17, 21];
const NS_PER_MINUTE = 60_000_000_000n;

/** Timestamp of a line, read in place: in the minute of the one before it, only its seconds are read. */
export class LineTime {
  /** Bytes of the line, and the start and end of the timestamp in them. */
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;
  /**
   * Whole microseconds since the Unix epoch, rounded down; NaN if the timestamp is not in UTC, or is in a year without
   * exact microseconds.
   */
  us = Number.NaN;
  /** Nanoseconds of the last microsecond; meaningless if {@link us} is NaN. */
  restNs = 0;
  /** True if {@link us} is known and the text is as Go writes it: without zeros at the end of the fraction. */
  isCanonical = false;
  #text: string | undefined;
  readonly #minute = new Uint8Array(MINUTE_CHARS);
  #minuteUs = Number.NaN;

  /** Text of the timestamp. Ask before the bytes of the line change. */
  get text(): string {
    this.#text ??= this.bytes.toString('latin1', this.start, this.end);
    return this.#text;
  }

  /** Reads a timestamp. Returns false if it is not RFC 3339. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.#text = undefined;
    if (this.#isSameMinute(bytes, start) && this.#readSeconds(bytes, start + MINUTE_CHARS, end)) return true;
    this.us = Number.NaN;
    this.isCanonical = false;
    const { text } = this;
    if (!isTimestamp(text)) return false;
    this.#beginMinute(bytes, start);
    this.#readSeconds(bytes, start + MINUTE_CHARS, end);
    return true;
  }

  /** Compares from the end, where minutes usually differ first. */
  #isSameMinute(bytes: Buffer, start: number): boolean {
    const minute = this.#minute;
    for (let at = MINUTE_CHARS - 1; at >= 0; at--) if (bytes[start + at] !== minute[at]) return false;
    return !Number.isNaN(this.#minuteUs);
  }

  /** Notes the minute of a valid timestamp, if its microseconds are exact. */
  #beginMinute(bytes: Buffer, start: number): void {
    this.#minute.set(bytes.subarray(start, start + MINUTE_CHARS));
    const century = two(bytes, start);
    const ns = timestampToNs(`${bytes.toString('latin1', start, start + MINUTE_CHARS)}00Z`);
    const isExact =
      ns !== undefined && ns % NS_PER_MINUTE === 0n && century >= FIRST_CENTURY && century <= LAST_CENTURY;
    this.#minuteUs = isExact ? Number(ns / 1000n) : Number.NaN;
  }

  /** Reads `03.450377228Z`. Returns false for any other text, which may be valid, too. */
  #readSeconds(bytes: Buffer, at: number, end: number): boolean {
    const seconds = two(bytes, at);
    if (!(seconds >= 0 && seconds < 60) || !isDigit(bytes, at) || !isDigit(bytes, at + 1)) return false;
    const last = end - 1;
    const digits = last - at - 3;
    if (bytes[last] !== Z || end - this.start < SECOND_CHARS || digits > MOST_DIGITS) return false;
    let ns = 0;
    if (digits >= 0) {
      if (digits === 0 || bytes[at + 2] !== DOT) return false;
      for (let i = at + 3; i < last; i++) {
        if (!isDigit(bytes, i)) return false;
        ns = ns * 10 + (bytes[i] ?? 0) - ZERO;
      }
      for (let i = digits; i < MOST_DIGITS; i++) ns *= 10;
    } else if (digits !== -1) {
      return false;
    }
    const us = Math.floor(ns / 1000);
    this.us = this.#minuteUs + seconds * 1e6 + us;
    this.restNs = ns - us * 1000;
    this.isCanonical = !Number.isNaN(this.us) && (digits === -1 || bytes[last - 1] !== ZERO);
    return true;
  }
}

const NOTHING = Buffer.alloc(0);

function isDigit(bytes: Buffer, at: number): boolean {
  const char = bytes[at] ?? 0;
  return char >= ZERO && char <= ZERO + 9;
}

function two(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) - ZERO) * 10 + (bytes[at + 1] ?? 0) - ZERO;
}
