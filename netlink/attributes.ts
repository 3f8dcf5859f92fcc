/** struct nlattr — include/uapi/linux/netlink.h, 4 bytes and a payload. */

import { NLA_ALIGNTO, NLA_F_NESTED, NLA_HDRLEN, NLA_TYPE_MASK } from './constants.js';
import { DecodeError } from './decode-error.js';

/**
 * Walks netlink attributes without allocating: one walker serves any number of messages.
 *
 * ```ts
 * walker.reset(message, 88);
 * while (walker.next()) use(walker.type, message.subarray(walker.start, walker.end));
 * ```
 */
export class AttributeWalker {
  /** Number of the current attribute, without the flags of `NLA_TYPE_MASK`. */
  type = 0;
  /** Offset of the current payload. */
  start = 0;
  /** Offset of the current payload's end; equal to `start` if the payload is empty. */
  end = 0;

  #bytes: Uint8Array = EMPTY;
  #at = 0;
  #limit = 0;

  /** Restarts the walker at the attribute at `offset`; the last attribute ends at or before `limit`. */
  reset(bytes: Uint8Array, offset: number, limit: number = bytes.length): void {
    this.#bytes = bytes;
    this.#at = offset;
    this.#limit = Math.min(limit, bytes.length);
  }

  /**
   * Moves to the next attribute; returns false at the end. Up to 3 remaining bytes are padding, which is optional after
   * the last attribute.
   * @throws DecodeError `ERR_ATTRIBUTE_LENGTH` when the length is below 4 or beyond the end.
   */
  next(): boolean {
    const at = this.#at;
    const remaining = this.#limit - at;
    if (remaining < NLA_HDRLEN) return false;
    const length = this.#u16(at);
    if (length < NLA_HDRLEN || length > remaining) {
      const why = length < NLA_HDRLEN ? `< ${NLA_HDRLEN}` : `> ${remaining} remaining`;
      throw new DecodeError(`nlattr: length ${length} ${why}`, { code: 'ERR_ATTRIBUTE_LENGTH', at });
    }
    this.type = this.#u16(at + 2) & NLA_TYPE_MASK;
    this.start = at + NLA_HDRLEN;
    this.end = at + length;
    this.#at = at + ((length + NLA_ALIGNTO - 1) & -NLA_ALIGNTO);
    return true;
  }

  /** True if the current attribute has the flag NLA_F_NESTED: its payload consists of attributes. */
  get isNested(): boolean {
    return (this.#u16(this.start - 2) & NLA_F_NESTED) !== 0;
  }

  #u16(at: number): number {
    return (this.#bytes[at] ?? 0) | ((this.#bytes[at + 1] ?? 0) << 8);
  }
}

const EMPTY = new Uint8Array(0);
