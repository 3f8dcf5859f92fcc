/** Number that stands for RawIDM where others are numbers of attributes. */
export const RAW_IDM_PART = -1;

/**
 * Bytes of a record's payloads that differ from those of the record before it. Both then have the same payloads with
 * the same lengths. One object serves all records.
 */
export class RecordChanges {
  /** Number of changed bytes; {@link ANYTHING} if anything may have changed. */
  count: number = ANYTHING;
  /** Number of the attribute of each changed byte, or {@link RAW_IDM_PART}. */
  readonly parts: Int32Array = new Int32Array(MOST_CHANGES);
  /** Offset of each changed byte in its payload. */
  readonly offsets: Int32Array = new Int32Array(MOST_CHANGES);

  /** Adds a changed byte. */
  add(part: number, offset: number): void {
    const at = this.count;
    // With so many changes, it is cheaper to read the whole record.
    if (at === ANYTHING || at === MOST_CHANGES) {
      this.count = ANYTHING;
      return;
    }
    this.parts[at] = part;
    this.offsets[at] = offset;
    this.count = at + 1;
  }
}

/** Value of {@link RecordChanges.count} if anything may have changed. */
export const ANYTHING = -1;
/** Number of changed bytes from which a record counts as new. */
const MOST_CHANGES = 512;
