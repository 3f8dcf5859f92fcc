/** Code of a fault in compressed input. */
export type ZstdErrorCode =
  /** The input ends inside a frame. */
  | 'ERR_TRUNCATED'
  /** Not a zstd frame, a reserved bit or block type, or blocks that do not decode. */
  | 'ERR_CORRUPT'
  /** The frame decodes, but its checksum does not match. */
  | 'ERR_CHECKSUM'
  /** The frame needs a dictionary, or a window above the limit. */
  | 'ERR_UNSUPPORTED';

/** Error for a frame that cannot be read. */
export class ZstdError extends Error {
  override readonly name = 'ZstdError';

  /**
   * @param code kind of fault
   * @param at offset of the bad frame in the compressed input
   * @param what reason in words
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
