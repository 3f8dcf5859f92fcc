/** Code of a fault in a recording. */
export type RecordingErrorCode =
  /** The file does not begin with the line of a recording. */
  | 'ERR_NO_RECORDING'
  /** The recording is of a format that this version cannot read. */
  | 'ERR_RECORDING_FORMAT'
  /** A line is not an entry of a recording. */
  | 'ERR_RECORDING_ENTRY'
  /** The file ends before the recorded collector had stopped. */
  | 'ERR_RECORDING_CUT'
  /** A frame is damaged, or a line too long. */
  | 'ERR_RECORDING_DAMAGED'
  /** The recorded collector could not write batches, which are missing. */
  | 'ERR_RECORDING_GAP'
  /** The file cannot be read or written. */
  | 'ERR_RECORDING_FILE';

/** Error of a recording that cannot be read or written. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';

  /**
   * @param path file of the recording
   * @param what reason in words, with what to do
   * @param line number of the line, from 1; absent if the fault is not in one
   */
  constructor(
    readonly path: string,
    readonly code: RecordingErrorCode,
    what: string,
    { line, cause }: { readonly line?: number; readonly cause?: unknown } = {},
  ) {
    super(
      `recording ${path}${line === undefined ? '' : ` line ${line}`}: ${what}`,
      cause === undefined ? {} : { cause },
    );
  }
}

/** Fault of a value in a line. The reader adds the file and the line. */
export class EntryError extends Error {
  override readonly name = 'EntryError';
  readonly code = 'ERR_RECORDING_ENTRY';
}
