import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_MSG_SIZE, INET_DIAG_SOCKID } from '../inetdiag/index.js';
import { AttributeWalker, NLA_HDRLEN, NLMSG_HDRLEN } from '../netlink/index.js';
import type { ArchivedRecord } from './archived-record.js';
import { MessageBytes, WORD_BYTES } from './message-bytes.js';

/** Mask of `nlmsg_type` in the second word. The flags next to it, and sequence and port, belong to the dump. */
const TYPE_BITS = 0xffff;
const ID_START = (NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET) / WORD_BYTES;
const ID_END = ID_START + INET_DIAG_SOCKID.size / WORD_BYTES;

const walker = new AttributeWalker();

/**
 * Record whose fields are views of one netlink message. The next message of the same socket usually has the same
 * attributes at the same offsets: then its bytes overwrite the current ones, and the views show the new values without
 * any allocation.
 */
export class NetlinkRecord implements ArchivedRecord {
  /** Time of receipt, RFC 3339; updated by {@link renew}. */
  timestamp: string;
  readonly rawIdm: Uint8Array;
  readonly attributes: readonly (Uint8Array | null)[];
  readonly #message: MessageBytes;
  /** Word indexes of the `nlattr` headers. */
  #headers: readonly number[] | undefined;
  readonly #isWhole: boolean;

  /**
   * @param message the message; `rawIdm` and `attributes` are views of it
   * @param isWhole true when the record has every attribute of the message
   */
  constructor(
    message: Uint8Array,
    timestamp: string,
    rawIdm: Uint8Array,
    attributes: readonly (Uint8Array | null)[],
    isWhole: boolean,
  ) {
    this.#message = new MessageBytes(message);
    this.timestamp = timestamp;
    this.rawIdm = rawIdm;
    this.attributes = attributes;
    this.#isWhole = isWhole;
  }

  /**
   * Returns whether {@link renew} can take the message at `at` in `data`: it is from the same socket with the same
   * addresses and ports, and has the same attributes with the same lengths in the same order. Always false for a
   * message that does not begin and end at a word; the kernel sends none.
   */
  fits(data: MessageBytes, at: number, length: number): boolean {
    const { bytes, words: ours } = this.#message;
    const { words: theirs } = data;
    if (!this.#isWhole || ours === undefined || theirs === undefined) return false;
    if (length !== bytes.length || (at | length) % WORD_BYTES !== 0 || at + length > data.bytes.length) return false;
    const first = at / WORD_BYTES;
    if (ours[0] !== theirs[first] || (((ours[1] ?? 0) ^ (theirs[first + 1] ?? 0)) & TYPE_BITS) !== 0) return false;
    for (let i = ID_START; i < ID_END; i++) {
      if (ours[i] !== theirs[first + i]) return false;
    }
    this.#headers ??= headersOf(bytes);
    for (const header of this.#headers) {
      if (ours[header] !== theirs[first + header]) return false;
    }
    return true;
  }

  /**
   * Returns whether a message that {@link fits} differs from this record in a part of the record.
   * @param part `rawIdm`, or one of `attributes`
   * @param start offset of the first byte in `part`, at a word
   * @param end offset after the last byte; bytes beyond `part` are ignored
   */
  differsIn(part: Uint8Array, start: number, end: number, data: MessageBytes, at: number): boolean {
    const { bytes, words: ours } = this.#message;
    const { words: theirs } = data;
    const place = part.byteOffset - bytes.byteOffset;
    const from = place + start;
    const to = place + Math.min(end, part.length);
    let i = from;
    if (ours !== undefined && theirs !== undefined && (from | at) % WORD_BYTES === 0) {
      for (; i + WORD_BYTES <= to; i += WORD_BYTES) {
        if (ours[i / WORD_BYTES] !== theirs[(at + i) / WORD_BYTES]) return true;
      }
    }
    for (; i < to; i++) {
      if (bytes[i] !== data.bytes[at + i]) return true;
    }
    return false;
  }

  /** Overwrites this record with the bytes of a message that {@link fits}, and its timestamp. */
  renew(data: MessageBytes, at: number, timestamp: string): void {
    const { words: ours } = this.#message;
    const { words: theirs } = data;
    if (ours === undefined || theirs === undefined) throw new TypeError('renew: the message does not fit');
    const first = at / WORD_BYTES;
    for (let i = 0; i < ours.length; i++) ours[i] = theirs[first + i] ?? 0;
    this.timestamp = timestamp;
  }
}

function headersOf(message: Uint8Array): number[] {
  const headers: number[] = [];
  walker.reset(message, NLMSG_HDRLEN + INET_DIAG_MSG_SIZE);
  while (walker.next()) headers.push((walker.start - NLA_HDRLEN) / WORD_BYTES);
  return headers;
}
