/** Bytes of a word: netlink aligns headers, attributes and messages to it (`NLMSG_ALIGNTO`, `NLA_ALIGNTO`). */
export const WORD_BYTES = 4;

/**
 * Netlink messages one after the other, as bytes and as words: to compare and copy them word by word takes a quarter of
 * the time.
 */
export class MessageBytes {
  readonly bytes: Uint8Array;
  /** The same in host order, up to the last whole word; undefined when the bytes do not begin at a word of their memory. */
  readonly words: Uint32Array | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const { buffer, byteOffset, byteLength } = bytes;
    const isAligned = byteOffset % WORD_BYTES === 0;
    this.words = isAligned ? new Uint32Array(buffer, byteOffset, Math.floor(byteLength / WORD_BYTES)) : undefined;
  }
}
