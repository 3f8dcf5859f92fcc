/** Heads of messages: start line and fields, RFC 9112 §§2–5. */
import { KnownHeads } from './known-heads.js';
import { parseTarget, type RequestTarget } from './target.js';
import { TextCache } from './text-cache.js';

/** Results of {@link HeadReader.read} besides the offset behind the head. */
export const INCOMPLETE = -1;
export const INVALID = -2;

/** Why a head is not HTTP/1 as RFC 9112 has it. */
export type HeadFault = 'startLine' | 'version' | 'field' | 'fields' | 'length';

/** Framing of a body. */
export const CODING_NONE = 0;
export const CODING_CHUNKED = 1;
export const CODING_OTHER = 2;

/** Maximum number of fields of a head. */
const MOST_FIELDS = 256;
/** Longer methods are not known to exist. */
const LONGEST_METHOD = 32;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HASH = 0x23;
const COMMA = 0x2c;
const SLASH = 0x2f;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const QUESTION = 0x3f;

/** Bytes of a token (RFC 9110 §5.6.2), of a target, and of a field's value. */
const TOKEN = table((byte) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)));
const TARGET = table((byte) => byte > SPACE && byte !== 0x7f);
const VALUE = table((byte) => byte === TAB || (byte >= SPACE && byte !== 0x7f));

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'];
const NO_FIELDS: Readonly<Record<string, string>> = Object.freeze({});

/** Everything that a whole head says. */
interface HeadFacts {
  readonly isResponse: boolean;
  readonly method: string;
  readonly target: string;
  readonly named: RequestTarget | null;
  readonly status: number;
  readonly version: string;
  readonly host: string | null;
  readonly length: number;
  readonly coding: number;
  readonly upgradesToHttp2: boolean;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Reads one head at a time; its fields describe the last one. As strict as RFC 9112 wants of a recipient where framing
 * depends on it: bare LF ends a line, spaces before a colon, bare CR, control characters and different lengths do not
 * pass.
 */
export class HeadReader {
  readonly #texts = new TextCache();
  readonly #known = new KnownHeads<HeadFacts>();
  /** Host and path of the request; null until they are asked for. */
  #named: RequestTarget | null = null;
  /** Fields wanted, by the length of their names. */
  readonly #wanted: (readonly string[] | undefined)[] = [];
  readonly #keepsQuery: boolean;

  /** True if the start line was read, so that what belongs to it is valid even if the head is not whole. */
  started = false;
  isResponse = false;
  method = '';
  /** Target of a request, without query and fragment unless they are kept. */
  target = '';
  status = 0;
  /** `1.0`, `1.1`, … */
  version = '';
  /** Value of Host, or null. */
  host: string | null = null;
  /** Content-Length; -1 without. */
  length = -1;
  /** A `CODING_` value: the final transfer coding. */
  coding = CODING_NONE;
  /** True if Upgrade names h2c. */
  upgradesToHttp2 = false;
  /** Fields wanted, by name in lower case. */
  fields: Readonly<Record<string, string>> = NO_FIELDS;
  fault: HeadFault = 'startLine';

  /**
   * @param names Fields to keep, in any case.
   * @param keepsQuery Whether targets keep their query.
   */
  constructor(names: readonly string[], keepsQuery: boolean) {
    this.#keepsQuery = keepsQuery;
    for (const name of new Set(names.map((each) => each.toLowerCase()))) {
      this.#wanted[name.length] = [...(this.#wanted[name.length] ?? []), name];
    }
  }

  /** Host, path and section of the request whose start line was read. */
  get named(): RequestTarget {
    this.#named ??= parseTarget(this.method, this.target, this.host);
    return this.#named;
  }

  /** Reads the head at `start`. Returns the offset behind its empty line, INCOMPLETE or INVALID. */
  read(bytes: Uint8Array, start: number, end: number): number {
    const known = this.#known.find(bytes, start, end);
    if (known !== null) {
      this.#recall(known);
      return start + this.#known.length;
    }
    const behind = this.#parse(bytes, start, end);
    if (behind > 0 && this.#known.isRepeated(bytes, start, behind)) {
      this.#known.keep(bytes, start, behind, this.#facts());
    }
    return behind;
  }

  #parse(bytes: Uint8Array, start: number, end: number): number {
    let at = this.readStartLine(bytes, start, end);
    if (at < 0) return at;
    this.host = null;
    this.length = -1;
    this.coding = CODING_NONE;
    this.upgradesToHttp2 = false;
    this.fields = NO_FIELDS;
    for (let count = 0; ; count++) {
      if (at >= end) return INCOMPLETE;
      const first = bytes[at] ?? 0;
      if (first === LF) return at + 1;
      if (first === CR) {
        if (at + 1 >= end) return INCOMPLETE;
        return bytes[at + 1] === LF ? at + 2 : this.#invalid('field');
      }
      if (count === MOST_FIELDS) return this.#invalid('fields');
      at = this.#readField(bytes, at, end);
      if (at < 0) return at;
    }
  }

  /** Reads the start line at `start`. Returns the offset behind it, INCOMPLETE or INVALID. */
  readStartLine(bytes: Uint8Array, start: number, end: number): number {
    this.started = false;
    this.#named = null;
    if (bytes[start] === 0x48 && startsWithHttp(bytes, start, end)) return this.#readStatusLine(bytes, start, end);
    return this.#readRequestLine(bytes, start, end);
  }

  #readRequestLine(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && TOKEN[bytes[at] ?? 0] === 1) at++;
    if (at - start > LONGEST_METHOD) return this.#invalid('startLine');
    if (at === end) return INCOMPLETE;
    if (bytes[at] !== SPACE || at === start) return this.#invalid('startLine');
    const methodEnd = at++;
    const target = at;
    let query = 0;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (TARGET[byte] === 0) break;
      if ((byte === QUESTION || byte === HASH) && query === 0) query = at;
    }
    if (at === end) return INCOMPLETE;
    if (bytes[at] !== SPACE || at === target) return this.#invalid('startLine');
    const targetEnd = at++;
    if (end - at < 8) {
      const prefix = startsWithHttp(bytes, at, end);
      return prefix && !hasLineEnd(bytes, at, end) ? INCOMPLETE : this.#invalid('startLine');
    }
    if (!startsWithHttp(bytes, at, end)) return this.#invalid('startLine');
    if (!this.#readVersion(bytes, at)) return this.#invalid('version');
    const line = lineEnd(bytes, at + 8, end);
    if (line < 0) return line === INCOMPLETE ? INCOMPLETE : this.#invalid('startLine');
    this.isResponse = false;
    this.method = methodOf(bytes, start, methodEnd) ?? this.#texts.text(bytes, start, methodEnd);
    this.target = this.#texts.text(bytes, target, query === 0 || this.#keepsQuery ? targetEnd : query);
    const first = bytes[target] ?? 0;
    if (first !== SLASH && !isOtherForm(this.method, bytes, target, targetEnd)) return this.#invalid('startLine');
    this.started = true;
    return line;
  }

  #readStatusLine(bytes: Uint8Array, start: number, end: number): number {
    // "HTTP/1.1 200" and at least the end of the line.
    if (end - start < 13) return hasLineEnd(bytes, start, end) ? this.#invalid('startLine') : INCOMPLETE;
    if (!this.#readVersion(bytes, start)) return this.#invalid('version');
    const hundreds = (bytes[start + 9] ?? 0) - ZERO;
    const tens = (bytes[start + 10] ?? 0) - ZERO;
    const ones = (bytes[start + 11] ?? 0) - ZERO;
    const digits = hundreds >= 1 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
    if (bytes[start + 8] !== SPACE || !digits) return this.#invalid('startLine');
    let at = start + 12;
    // The reason may be left out, with or without its space.
    if (bytes[at] === SPACE) while (at < end && VALUE[bytes[at] ?? 0] === 1) at++;
    const line = lineEnd(bytes, at, end);
    if (line < 0) return line === INCOMPLETE ? INCOMPLETE : this.#invalid('startLine');
    this.isResponse = true;
    this.status = 100 * hundreds + 10 * tens + ones;
    this.started = true;
    return line;
  }

  #readVersion(bytes: Uint8Array, at: number): boolean {
    const minor = bytes[at + 7] ?? 0;
    if (bytes[at + 5] !== ZERO + 1 || bytes[at + 6] !== 0x2e || minor < ZERO || minor > NINE) return false;
    this.version = minor === ZERO + 1 ? '1.1' : minor === ZERO ? '1.0' : `1.${minor - ZERO}`;
    return true;
  }

  #readField(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && TOKEN[bytes[at] ?? 0] === 1) at++;
    if (at === end) return INCOMPLETE;
    if (bytes[at] !== COLON || at === start) return this.#invalid('field');
    const nameLength = at++ - start;
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
    const value = at;
    while (at < end && VALUE[bytes[at] ?? 0] === 1) at++;
    const line = lineEnd(bytes, at, end);
    if (line < 0) return line === INCOMPLETE ? INCOMPLETE : this.#invalid('field');
    let valueEnd = at;
    while (valueEnd > value && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB)) valueEnd--;
    let valid = true;
    if (nameLength === 4 && isName(bytes, start, 'host')) {
      this.host ??= this.#texts.text(bytes, value, valueEnd);
    } else if (nameLength === 14 && isName(bytes, start, 'content-length')) {
      valid = this.#takeLength(bytes, value, valueEnd);
    } else if (nameLength === 17 && isName(bytes, start, 'transfer-encoding')) {
      if (valueEnd > value) this.coding = isLastItem(bytes, value, valueEnd, 'chunked') ? CODING_CHUNKED : CODING_OTHER;
    } else if (nameLength === 7 && isName(bytes, start, 'upgrade')) {
      this.upgradesToHttp2 ||= isLastItem(bytes, value, valueEnd, 'h2c');
    }
    if (!valid) return this.#invalid('length');
    const wanted = this.#wanted[nameLength];
    if (wanted !== undefined) this.#keep(wanted, bytes, start, value, valueEnd);
    return line;
  }

  /** Takes a Content-Length, which may be a list of equal ones (RFC 9110 §8.6). */
  #takeLength(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    do {
      let value = 0;
      const first = at;
      for (; at < end; at++) {
        const digit = (bytes[at] ?? 0) - ZERO;
        if (digit < 0 || digit > 9) break;
        value = 10 * value + digit;
      }
      if (at === first || !Number.isSafeInteger(value) || (this.length >= 0 && this.length !== value)) return false;
      this.length = value;
      while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
      if (at === end) return true;
      if (bytes[at++] !== COMMA) return false;
      while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
    } while (at < end);
    return false;
  }

  #keep(wanted: readonly string[], bytes: Uint8Array, name: number, value: number, end: number): void {
    for (const each of wanted) {
      if (!isName(bytes, name, each)) continue;
      const text = this.#texts.text(bytes, value, end);
      const before = Object.hasOwn(this.fields, each) ? this.fields[each] : undefined;
      const kept: Record<string, string> = { ...this.fields };
      // Not an assignment: a field may be called __proto__.
      const joined = before === undefined ? text : `${before}, ${text}`;
      Object.defineProperty(kept, each, { value: joined, enumerable: true, configurable: true, writable: true });
      this.fields = kept;
      return;
    }
  }

  #facts(): HeadFacts {
    const { isResponse, method, target, status, version, host, length, coding, upgradesToHttp2, fields } = this;
    const named = isResponse ? null : this.named;
    return { isResponse, method, target, named, status, version, host, length, coding, upgradesToHttp2, fields };
  }

  #recall(facts: HeadFacts): void {
    this.started = true;
    this.isResponse = facts.isResponse;
    this.method = facts.method;
    this.target = facts.target;
    this.#named = facts.named;
    this.status = facts.status;
    this.version = facts.version;
    this.host = facts.host;
    this.length = facts.length;
    this.coding = facts.coding;
    this.upgradesToHttp2 = facts.upgradesToHttp2;
    this.fields = facts.fields;
  }

  #invalid(fault: HeadFault): number {
    this.fault = fault;
    return INVALID;
  }
}

/**
 * Returns the offset behind the empty line that ends a head, or -1. Looks from `from` on; `bytes` begins with the head's
 * first byte.
 */
export function findHeadEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (bytes[at] !== LF) continue;
    if (bytes[at + 1] === LF && at + 1 < end) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF && at + 2 < end) return at + 3;
  }
  return -1;
}

/** Returns whether a method is one of RFC 9110 or PATCH. */
export function isKnownMethod(method: string): boolean {
  return METHODS.includes(method);
}

/** Returns whether the bytes can be the beginning of a start line: a letter, which methods and `HTTP/` begin with. */
export function canBegin(byte: number): boolean {
  const letter = byte & 0xdf;
  return letter >= 0x41 && letter <= 0x5a;
}

function table(has: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (has(byte) ? 1 : 0));
}

/** Returns whether the bytes are `HTTP/`, as far as there are bytes. */
function startsWithHttp(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = 0; i < 5 && at + i < end; i++) if (bytes[at + i] !== 'HTTP/'.charCodeAt(i)) return false;
  return true;
}

function hasLineEnd(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === LF) return true;
  return false;
}

/** Returns the offset behind the end of a line that must be at `at`. */
function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return INCOMPLETE;
  if (bytes[at] === LF) return at + 1;
  if (bytes[at] !== CR) return INVALID;
  if (at + 1 >= end) return INCOMPLETE;
  return bytes[at + 1] === LF ? at + 2 : INVALID;
}

function methodOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  for (const method of METHODS) {
    if (method.length !== end - start || method.charCodeAt(0) !== bytes[start]) continue;
    let i = 1;
    while (i < method.length && bytes[start + i] === method.charCodeAt(i)) i++;
    if (i === method.length) return method;
  }
  return undefined;
}

/** Returns whether a target is `*`, absolute, or the authority of CONNECT (RFC 9112 §3.2). */
function isOtherForm(method: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (method === 'CONNECT') return true;
  if (end - start === 1) return bytes[start] === 0x2a;
  for (let at = start; at + 2 < end; at++) {
    if (bytes[at] === COLON) return at > start && bytes[at + 1] === SLASH && bytes[at + 2] === SLASH;
    if (TOKEN[bytes[at] ?? 0] === 0) return false;
  }
  return false;
}

/** Compares with a text in lower case. */
function isName(bytes: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[at + i] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name.charCodeAt(i)) return false;
  }
  return true;
}

/** Returns whether the last item of a list is `item`, given in lower case. */
function isLastItem(bytes: Uint8Array, start: number, end: number, item: string): boolean {
  const at = end - item.length;
  if (at < start || !isName(bytes, at, item)) return false;
  const before = bytes[at - 1] ?? 0;
  return at === start || before === COMMA || before === SPACE || before === TAB;
}
