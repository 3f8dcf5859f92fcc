import { type ArchivedRecord, RecordReader } from '../../parse/index.js';
import { BadLines } from './bad-lines.js';
import { type LineBatch, type ReadOptions, splitLines } from './lines.js';
import type { ArchiveSource } from './source.js';

/** Record of an archive with its line number. */
export interface NumberedRecord {
  /** Number of the line, from 1. */
  readonly line: number;
  readonly record: ArchivedRecord;
}

/**
 * Streams the records of an archive; see {@link readLines}. Each record stays valid. {@link readRecordBatches} is
 * several times as fast.
 * @throws ArchiveInputError as `readLines` does, and at the first line that is not a record (`ERR_JSON`, also for a
 *   blank line, or `ERR_RECORD`), unless `onProblem` is set. All records before it have been yielded.
 */
export async function* readRecords(
  source: ArchiveSource,
  options: ReadOptions = {},
): AsyncGenerator<NumberedRecord, void, undefined> {
  const reader = new RecordReader({ reuse: false });
  const bad = new BadLines(source.path, options.onProblem);
  for await (const lines of splitLines(source, options)) {
    const batch = new RecordBatch(reader, bad, lines);
    for (let record = batch.next(); record !== undefined; record = batch.next()) yield { line: batch.line, record };
    if (bad.areAll) return bad.giveUp(lines.line);
  }
}

/**
 * Streams the records of an archive in batches. The records of a batch are read one after the other without waiting.
 * Read a batch to its end before requesting the next.
 * @throws ArchiveInputError as {@link readRecords} does, from here and from {@link RecordBatch.next}
 */
export async function* readRecordBatches(
  source: ArchiveSource,
  options: ReadOptions = {},
  reader: RecordReader = new RecordReader(),
): AsyncGenerator<RecordBatch, void, undefined> {
  const bad = new BadLines(source.path, options.onProblem);
  for await (const lines of splitLines(source, options)) {
    yield new RecordBatch(reader, bad, lines);
    if (bad.areAll) return bad.giveUp(lines.line);
  }
}

/** Records that end in one piece of an archive. */
export class RecordBatch {
  readonly #reader: RecordReader;
  readonly #bad: BadLines;
  readonly #lines: LineBatch;
  #isRecord = false;

  /** Batches come from {@link readRecordBatches}. */
  constructor(reader: RecordReader, bad: BadLines, lines: LineBatch) {
    this.#reader = reader;
    this.#bad = bad;
    this.#lines = lines;
  }

  /** Line number of the latest record, from 1. */
  get line(): number {
    return this.#lines.line;
  }

  /**
   * Returns the next record, valid until the next call, or undefined at the end of the batch.
   * @throws ArchiveInputError if a line is too long or not a record, without `onProblem`
   */
  next(): ArchivedRecord | undefined {
    const lines = this.#lines;
    const bad = this.#bad;
    if (this.#isRecord) bad.sawRecord();
    this.#isRecord = false;
    while (!bad.areAll) {
      const { nextStart } = lines;
      const newline = nextStart < 0 ? -1 : this.#reader.readNext(lines.piece, nextStart);
      if (newline >= 0 && lines.take(newline)) {
        this.#isRecord = true;
        return this.#reader.record;
      }
      const empty = lines.skipEmpty();
      if (empty > 0) bad.skipEmpty(lines.line - empty + 1, empty);
      if (!lines.next()) break;
      const { bytes, start, end } = lines;
      if (bad.areMany && !mayBeObject(bytes, start, end)) {
        bad.skip(lines.line);
        continue;
      }
      try {
        const record = this.#reader.read(bytes, start, end);
        this.#isRecord = true;
        return record;
      } catch (error) {
        bad.refuse(error, lines.line);
      }
    }
    bad.flush();
    return undefined;
  }

  /**
   * Reports that the latest record cannot be used, as if its line were not a record.
   * @param error a DecodeError; anything else is a defect, and is thrown
   * @throws ArchiveInputError without `onProblem`
   */
  refuse(error: unknown): void {
    this.#isRecord = false;
    this.#bad.refuse(error, this.line);
  }
}

const [OPENING_BRACE, CLOSING_BRACE, BLANK] = [0x7b, 0x7d, 0x20];

/** Returns whether a line begins and ends like a JSON object, or with possible blanks around one. */
function mayBeObject(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] ?? 0;
  const last = bytes[end - 1] ?? 0;
  return (first === OPENING_BRACE || first <= BLANK) && (last === CLOSING_BRACE || last <= BLANK);
}
