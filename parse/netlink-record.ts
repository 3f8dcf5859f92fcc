import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_MSG_SIZE, INET_DIAG_SOCKID } from '../inetdiag/index.js';
import { AttributeWalker, NLA_HDRLEN, NLMSG_HDRLEN } from '../netlink/index.js';
import type { ArchivedRecord } from './archived-record.js';
import { MessageBytes, WORD_BYTES } from './message-bytes.js';

/** `nlmsg_type` in the second word; flags beside it, and sequence and port behind, are of the dump. */
const TYPE_BITS = 0xffff;
const ID_START = (NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET) / WORD_BYTES;
const ID_END = ID_START + INET_DIAG_SOCKID.size / WORD_BYTES;

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
  readonly #message: MessageBytes;
  /** In which words the `nlattr` headers are. */
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
    this.#message = new MessageBytes(message);
    this.timestamp = timestamp;
    this.rawIdm = rawIdm;
    this.attributes = attributes;
    this.#isWhole = isWhole;
  }

  /**
   * Whether the message at `at` in `data` is of the same socket between the same ends, and has the same attributes with
   * the same lengths in the same order: whether {@link renew} can take it. Said of whole words only: never of messages
   * that begin or end elsewhere, which the kernel does not make.
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
   * Whether a message that {@link fits} has other bytes than this record at a part of it.
   * @param part `rawIdm`, or one of `attributes`
   * @param start first byte in `part`, at a word
   * @param end the byte after the last one; what lies beyond `part` is passed over
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

  /** Takes the bytes of a message that {@link fits}, and its timestamp. */
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
