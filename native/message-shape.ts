/** A half-open byte range `[start, end)`. */
export type ByteRange = readonly [start: number, end: number];

/**
 * Bytes of a message that count as a change. A message is a fixed header (after `nlmsghdr`) and netlink attributes.
 * Every attribute counts fully (presence, length, bytes) unless it is listed here. Attribute types are compared
 * under `NLA_TYPE_MASK` (0x3fff). If a type occurs twice, the last one counts.
 */
export interface CompareMask {
  /** Compared bytes of the header. */
  readonly header: readonly ByteRange[];
  /**
   * Attributes with only some compared bytes. Their presence counts. Ranges are clipped to each payload's length;
   * a different clipped length counts, but a length change outside the ranges does not.
   */
  readonly attributes: readonly { readonly type: number; readonly ranges: readonly ByteRange[] }[];
  /** Attributes that are not compared at all, not even their presence. */
  readonly ignored: readonly number[];
}

/** Shape of one message's payload. Offsets count from the end of `nlmsghdr`. */
export interface MessageShape {
  /** Offset of the key: an unsigned 64-bit integer in host byte order. */
  readonly keyOffset: number;
  /** Length of the fixed header: attributes begin here. Shorter messages are discarded and counted. */
  readonly attributesOffset: number;
  readonly mask: CompareMask;
}

/**
 * Header bytes (1 to 16, from `offset`) that identify messages about what is left of an ended key. While subscribed to
 * destroy events, the addon treats the key of such a message as missing.
 */
export interface LeftoverSpec {
  readonly offset: number;
  readonly bytes: readonly number[];
  /** True when the spec also applies without destroy events. Default: false. */
  readonly always?: boolean;
}
