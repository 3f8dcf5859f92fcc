/** Values of steps, as numbers. The addon has the same ones. */
export const LineStep = {
  /** No value: the step's text alone. */
  TEXT: 0,
  /** Big-endian integers. A message with a u64 that a number cannot hold is left to the caller. */
  U16: 1,
  U32: 2,
  U64: 3,
  IPV4: 4,
  /** An IPv4-mapped address is written as IPv4. */
  IPV6: 5,
  /** Big-endian u64, nanoseconds since 1970, as a time of RFC 3339. */
  TIME: 6,
  /** One of the two texts of {@link LineFormatter.give}, by its number. */
  GIVEN: 7,
  /** Text that follows from bytes of the message, by the number of its key. */
  KNOWN: 8,
  /** One of four texts by two addresses, of 4 or of 16 bytes: which of them are members. */
  MEMBERS4: 9,
  MEMBERS16: 10,
} as const;

/** Layout of messages of up to 64 KiB, and of their lines. Offsets are from the start of a message. */
export interface LineLayout {
  /** Length of such messages in bytes. */
  readonly length: number;
  /** Triples (offset, mask, value) of the words, in host order, that tell such messages from others. */
  readonly frame: Uint32Array;
  /**
   * Triples of each step: a value of {@link LineStep}; its offset or its number; the offset of the second address.
   * Offset and number are 0 for values without them.
   */
  readonly steps: Uint32Array;
  /** Text before the value of each step, up to 4 KiB. */
  readonly texts: readonly Uint8Array[];
  /** For each known text the pairs (offset, length) of the bytes from which it follows, 32 at most. */
  readonly keys: readonly Uint32Array[];
  /** Texts for members among the two addresses: neither, the first one, the second one, both. */
  readonly members: readonly Uint8Array[];
  /** Offset of the big-endian u32 that a fingerprint begins with. */
  readonly idAt: number;
  /** Pairs (offset, length) of the bytes whose hash it ends with. */
  readonly hashed: Uint32Array;
}

/**
 * Writer of messages as lines of text, by layouts that the caller gives. It works on the calling thread, and knows
 * integers, addresses and times but not what they mean.
 *
 * ```ts
 * const written = formatter.write(data, messages, 0, out, state, fingerprints);
 * if (written < messages.length / 2 && state[1] === 0) writeItself(written); // and learn or teach what was missing
 * ```
 */
export interface LineFormatter {
  /** Adds a layout; of 64 all others are forgotten. @throws TypeError for offsets outside of the message, and for limits */
  learn(layout: LineLayout): void;
  /**
   * Keeps the known texts of a message, by their numbers, for messages that have the same bytes at their keys. Of many,
   * some are forgotten. Returns false if the message has no layout, or a text is longer than 4 KiB.
   */
  teach(message: Uint8Array, texts: readonly Uint8Array[]): boolean;
  /** Sets the two given texts. */
  give(texts: readonly [Uint8Array, Uint8Array]): void;
  /**
   * Sets the members: for each 17 bytes, an address of IPv6 and the length of its prefix. IPv4 addresses are
   * IPv4-mapped ones.
   */
  setMembers(members: Uint8Array): void;
  /**
   * Writes the lines of messages, up to the first one that has no layout, or lacks a known text. Returns the number of
   * messages that were written.
   * @param messages pairs (offset, length) into `data`
   * @param from number of the first message
   * @param state two numbers: where lines begin in `out`, then where they end; and whether there was no room (1)
   * @param fingerprints gets for each line a whole number below 2^53: the u32 at `idAt`, and 21 bits of a hash. Not more
   * lines are written than it has room for.
   */
  write(
    data: Uint8Array,
    messages: Uint32Array,
    from: number,
    out: Uint8Array,
    state: Uint32Array,
    fingerprints: Float64Array,
  ): number;
}
