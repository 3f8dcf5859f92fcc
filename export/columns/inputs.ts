/** Bytes of a record: of RawIDM, or of an attribute by its number. */
export interface InputBytes {
  /** Number of the attribute, or `RAW_IDM`. */
  readonly part: number;
  /** Offset of the first byte in the payload. */
  readonly offset: number;
  /** Number of bytes; infinite for the rest of the payload. */
  readonly size: number;
}

/**
 * Everything that a column's value follows from, apart from which payloads the record has and how long they are. While
 * it is the same, so is the value.
 */
export interface ColumnInputs {
  readonly bytes?: readonly InputBytes[];
  /** True if the value depends on the metadata of the archive. */
  readonly metadata?: boolean;
}

/** Inputs of a column that depends only on metadata. */
export const FROM_METADATA: ColumnInputs = { metadata: true };

/** Returns the inputs of a column that depends on one whole payload. */
export function fromPayload(part: number): ColumnInputs {
  return { bytes: [{ part, offset: 0, size: Number.POSITIVE_INFINITY }] };
}
