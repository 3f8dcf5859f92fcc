/** What can be wrong with compressed input. */
export type ZstdErrorCode =
  /** The input ends inside a frame. */
  | 'ERR_TRUNCATED'
  /** Not a zstd frame, a reserved bit or block type, or blocks that do not decode. */
  | 'ERR_CORRUPT'
  /** The frame decodes, but not to the bytes that were compressed. */
  | 'ERR_CHECKSUM'
  /** A frame that needs a dictionary, or a window beyond the limit. */
  | 'ERR_UNSUPPORTED';

/** A frame that cannot be read. */
export class ZstdError extends Error {
  override readonly name = 'ZstdError';

  /**
   * @param code what is wrong
   * @param at offset in the compressed input where the bad frame begins
   * @param what the reason in words
   */
  constructor(
    readonly code: ZstdErrorCode,
    readonly at: number,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`zstd frame at byte ${at}: ${what}`, options);
  }
}
