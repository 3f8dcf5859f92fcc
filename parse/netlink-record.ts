import {
  AttributeWalker,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_MSG_SIZE,
  INET_DIAG_SOCKID,
  NLA_HDRLEN,
  NLMSG_HDRLEN,
} from '../inetdiag/index.js';
import type { ArchivedRecord } from './archived-record.js';

/** `nlmsg_len` and `nlmsg_type`; flags, sequence and port behind them are of the dump. */
const FRAMING_BYTES = 6;
const ID_START = NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET;
const ID_END = ID_START + INET_DIAG_SOCKID.size;

const walker = new AttributeWalker();

/**
 * A record that is views of one netlink message. The next message of the same socket mostly has the same attributes at
 * the same places: then its bytes are copied over this one's, and the views hold what is new. Nothing is allocated.
 */
export class NetlinkRecord implements ArchivedRecord {
  /** Changes with {@link renew}. */
  timestamp: string;
  readonly rawIdm: Uint8Array;
  readonly attributes: readonly (Uint8Array | null)[];
  readonly #message: Uint8Array;
  /** Where the `nlattr` headers are; undefined when the message has attributes that are left out of the record. */
  #headers: readonly number[] | undefined;
  readonly #isWhole: boolean;

  /**
   * @param message the message, of which the others are views
   * @param isWhole whether every attribute of the message is in the record
   */
  constructor(
    message: Uint8Array,
    timestamp: string,
    rawIdm: Uint8Array,
    attributes: readonly (Uint8Array | null)[],
    isWhole: boolean,
  ) {
    this.#message = message;
    this.timestamp = timestamp;
    this.rawIdm = rawIdm;
    this.attributes = attributes;
    this.#isWhole = isWhole;
  }

  /**
   * Whether the message at `at` in `data` is of the same socket between the same ends, and has the same attributes with
   * the same lengths in the same order: whether {@link renew} can take it.
   */
  fits(data: Uint8Array, at: number, length: number): boolean {
    const message = this.#message;
    if (!this.#isWhole || length !== message.length || at + length > data.length) return false;
    if (!same(message, data, 0, FRAMING_BYTES, at) || !same(message, data, ID_START, ID_END, at)) return false;
    this.#headers ??= headersOf(message);
    for (const header of this.#headers) {
      if (!same(message, data, header, header + NLA_HDRLEN, at)) return false;
    }
    return true;
  }

  /**
   * Whether a message that {@link fits} has other bytes than this record at a part of it.
   * @param part `rawIdm`, or one of `attributes`
   * @param start first byte in `part`
   * @param end the byte after the last one; what lies beyond `part` is passed over
   */
  differsIn(part: Uint8Array, start: number, end: number, data: Uint8Array, at: number): boolean {
    const place = part.byteOffset - this.#message.byteOffset;
    return !same(this.#message, data, place + start, place + Math.min(end, part.length), at);
  }

  /** Takes the bytes of a message that {@link fits}, and its timestamp. */
  renew(data: Uint8Array, at: number, timestamp: string): void {
    const message = this.#message;
    for (let i = 0; i < message.length; i++) message[i] = data[at + i] ?? 0;
    this.timestamp = timestamp;
  }
}

/** Whether the bytes from `start` to `end` are the same as those of the message at `at` in `data`. */
function same(message: Uint8Array, data: Uint8Array, start: number, end: number, at: number): boolean {
  for (let i = start; i < end; i++) {
    if (message[i] !== data[at + i]) return false;
  }
  return true;
}

function headersOf(message: Uint8Array): number[] {
  const headers: number[] = [];
  walker.reset(message, NLMSG_HDRLEN + INET_DIAG_MSG_SIZE);
  while (walker.next()) headers.push(walker.start - NLA_HDRLEN);
  return headers;
}
