import { type ArchivedRecord, RecordReader } from '../parse/index.js';
import { ArchiveInputError } from './error.js';
import { type LineBatch, type ReadOptions, report, splitLines } from './lines.js';
import type { ArchiveSource } from './source.js';

/** A record of an archive and where it stands. */
export interface NumberedRecord {
  /** The line, from 1. */
  readonly line: number;
  readonly record: ArchivedRecord;
}

/**
 * Reads the records of an archive as it comes; see {@link readLines}. Each record stays as it is. Where speed matters,
 * {@link readRecordBatches} is several times as fast.
 * @throws ArchiveInputError as `readLines` does, and at the first line that is no record: `ERR_JSON`, also for a blank
 *   line, or `ERR_RECORD`; unless `onProblem` takes it. All records before it have been yielded.
 */
export async function* readRecords(
  source: ArchiveSource,
  options: ReadOptions = {},
): AsyncGenerator<NumberedRecord, void, undefined> {
  const reader = new RecordReader({ reuse: false });
  for await (const lines of splitLines(source, options)) {
    const batch = new RecordBatch(source.path, reader, options, lines);
    for (let record = batch.next(); record !== undefined; record = batch.next()) yield { line: batch.line, record };
  }
}

/**
 * Reads the records of an archive a piece at a time: the records of a batch are taken one after the other without
 * waiting. All of a batch must be taken before the next is asked for.
 * @throws ArchiveInputError as {@link readRecords} does, from here and from {@link RecordBatch.next}
 */
export async function* readRecordBatches(
  source: ArchiveSource,
  options: ReadOptions = {},
): AsyncGenerator<RecordBatch, void, undefined> {
  const reader = new RecordReader();
  for await (const lines of splitLines(source, options)) yield new RecordBatch(source.path, reader, options, lines);
}

/** The records that end in one piece of an archive. */
export class RecordBatch {
  readonly #path: string;
  readonly #reader: RecordReader;
  readonly #options: ReadOptions;
  readonly #lines: LineBatch;

  /** Batches come from {@link readRecordBatches}. */
  constructor(path: string, reader: RecordReader, options: ReadOptions, lines: LineBatch) {
    this.#path = path;
    this.#reader = reader;
    this.#options = options;
    this.#lines = lines;
  }

  /** Where the record that was taken last stands, from 1. */
  get line(): number {
    return this.#lines.line;
  }

  /**
   * Takes the next record; undefined when there is none. It is valid until the next call.
   * @throws ArchiveInputError when a line is no record, or too long, and nobody takes problems
   */
  next(): ArchivedRecord | undefined {
    const lines = this.#lines;
    while (lines.next()) {
      try {
        return this.#reader.read(lines.bytes, lines.start, lines.end);
      } catch (error) {
        this.refuse(error);
      }
    }
    return undefined;
  }

  /**
   * Says that the record which was taken last cannot be used, as if its line were no record.
   * @param error a DecodeError; anything else is a defect, and is thrown
   * @throws ArchiveInputError when nobody takes problems
   */
  refuse(error: unknown): void {
    report(ArchiveInputError.from(this.#path, error, this.line), this.#options.onProblem);
  }
}
