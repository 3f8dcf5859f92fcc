import { comparableAddress } from '../../inetdiag/index.js';
import { AF_INET6, formatAddress, parseAddress } from '../../netlink/index.js';
import { formatTimestamp, timestampToNs } from '../../parse/index.js';
import { NumberColumn } from './number-column.js';

/** Texts of many rows, most of them equal to others. */
export class TextColumn {
  readonly #numbers = new NumberColumn();
  readonly #texts: string[] = [];
  readonly #numberOf = new Map<string, number>();

  add(text: string | null): void {
    if (text === null) {
      this.#numbers.add(null);
      return;
    }
    let number = this.#numberOf.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numberOf.set(text, number);
    }
    this.#numbers.add(number);
  }

  get(index: number): string | null {
    const number = this.#numbers.get(index);
    return number === null ? null : (this.#texts[number] ?? null);
  }

  /** Releases memory for further texts. */
  trim(): void {
    this.#numbers.trim();
    this.#numberOf.clear();
  }
}

/** Texts that their column cannot make again of numbers, by row. */
type Exceptions = Map<number, string>;

const NS_PER_SECOND = 1_000_000_000n;
const US_PER_SECOND = 1_000_000;

/** Timestamps of many rows, RFC 3339, kept to the letter. */
export class TimestampColumn {
  readonly #seconds = new NumberColumn();
  readonly #nanoseconds = new NumberColumn();
  readonly #exceptions: Exceptions = new Map();
  #length = 0;

  add(text: string): void {
    const ns = timestampToNs(text) ?? 0n;
    const fraction = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
    this.#seconds.add(Number((ns - fraction) / NS_PER_SECOND));
    this.#nanoseconds.add(Number(fraction));
    if (formatTimestamp(ns) !== text) this.#exceptions.set(this.#length, text);
    this.#length++;
  }

  get(index: number): string {
    const exception = this.#exceptions.get(index);
    if (exception !== undefined) return exception;
    const [seconds, nanoseconds] = [this.#seconds.get(index) ?? 0, this.#nanoseconds.get(index) ?? 0];
    return formatTimestamp(BigInt(seconds) * NS_PER_SECOND + BigInt(nanoseconds));
  }

  /** Returns microseconds since 1970, smaller digits cut off. */
  us(index: number): number {
    const nanoseconds = this.#nanoseconds.get(index) ?? 0;
    return (this.#seconds.get(index) ?? 0) * US_PER_SECOND + Math.floor(nanoseconds / 1000);
  }

  /** Releases memory for further timestamps. */
  trim(): void {
    this.#seconds.trim();
    this.#nanoseconds.trim();
  }
}

const ADDRESS_BYTES = 16;
const FIRST_CAPACITY = 64;

/** Addresses of many rows, kept to the letter. */
export class AddressColumn {
  #bytes = new Uint8Array(FIRST_CAPACITY * ADDRESS_BYTES);
  readonly #exceptions: Exceptions = new Map();
  #length = 0;

  add(text: string): void {
    const at = this.#length * ADDRESS_BYTES;
    if (at === this.#bytes.length) this.#bytes = copied(this.#bytes, 2 * at);
    const parsed = parseAddress(text);
    if (parsed !== undefined) this.#bytes.set(comparableAddress(parsed.bytes, parsed.family), at);
    if (formatAddress(this.bytes(this.#length), AF_INET6) !== text) this.#exceptions.set(this.#length, text);
    this.#length++;
  }

  get(index: number): string {
    return this.#exceptions.get(index) ?? formatAddress(this.bytes(index), AF_INET6);
  }

  /** Returns the 16 bytes of `comparableAddress`. */
  bytes(index: number): Uint8Array {
    return this.#bytes.subarray(index * ADDRESS_BYTES, (index + 1) * ADDRESS_BYTES);
  }

  /** Releases memory for further addresses. */
  trim(): void {
    this.#bytes = copied(this.#bytes, this.#length * ADDRESS_BYTES);
  }
}

function copied(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

const UUID = /^(.*)_([0-9A-F]{8})([0-9A-F]{8})$/s;

/** UUIDs of many rows, `<prefix>_<cookie>`. */
export class UuidColumn {
  readonly #prefixes = new TextColumn();
  readonly #high = new NumberColumn();
  readonly #low = new NumberColumn();
  readonly #exceptions: Exceptions = new Map();
  #length = 0;

  add(uuid: string | null): void {
    const [, prefix = null, high, low] = uuid === null ? [] : (UUID.exec(uuid) ?? []);
    this.#prefixes.add(prefix);
    this.#high.add(high === undefined ? null : Number.parseInt(high, 16));
    this.#low.add(low === undefined ? null : Number.parseInt(low, 16));
    if (uuid !== null && prefix === null) this.#exceptions.set(this.#length, uuid);
    this.#length++;
  }

  get(index: number): string | null {
    const prefix = this.#prefixes.get(index);
    if (prefix === null) return this.#exceptions.get(index) ?? null;
    return `${prefix}_${digits(this.#high.get(index))}${digits(this.#low.get(index))}`;
  }

  /** Returns the socket cookie that ends the UUID; null for a UUID of another form. */
  cookie(index: number): bigint | null {
    const [high, low] = [this.#high.get(index), this.#low.get(index)];
    return high === null || low === null ? null : (BigInt(high) << 32n) | BigInt(low);
  }

  /** Releases memory for further UUIDs. */
  trim(): void {
    for (const column of [this.#prefixes, this.#high, this.#low]) column.trim();
  }
}

function digits(half: number | null): string {
  return (half ?? 0).toString(16).toUpperCase().padStart(8, '0');
}
