import { type ArchivedRecord, RecordReader } from '../parse/index.js';
import { BadLines } from './bad-lines.js';
import { type LineBatch, type ReadOptions, splitLines } from './lines.js';
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
  const bad = new BadLines(source.path, options.onProblem);
  for await (const lines of splitLines(source, options)) {
    const batch = new RecordBatch(reader, bad, lines);
    for (let record = batch.next(); record !== undefined; record = batch.next()) yield { line: batch.line, record };
    if (bad.areAll) return bad.giveUp(lines.line);
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
  reader: RecordReader = new RecordReader(),
): AsyncGenerator<RecordBatch, void, undefined> {
  const bad = new BadLines(source.path, options.onProblem);
  for await (const lines of splitLines(source, options)) {
    yield new RecordBatch(reader, bad, lines);
    if (bad.areAll) return bad.giveUp(lines.line);
  }
}

/** The records that end in one piece of an archive. */
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
    const bad = this.#bad;
    if (this.#isRecord) bad.sawRecord();
    this.#isRecord = false;
    while (!bad.areAll) {
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
   * Says that the record which was taken last cannot be used, as if its line were no record.
   * @param error a DecodeError; anything else is a defect, and is thrown
   * @throws ArchiveInputError when nobody takes problems
   */
  refuse(error: unknown): void {
    this.#isRecord = false;
    this.#bad.refuse(error, this.line);
  }
}

const [OPENING_BRACE, CLOSING_BRACE, BLANK] = [0x7b, 0x7d, 0x20];

/** Whether a line begins and ends as JSON objects do, or with what may be blanks around them. */
function mayBeObject(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] ?? 0;
  const last = bytes[end - 1] ?? 0;
  return (first === OPENING_BRACE || first <= BLANK) && (last === CLOSING_BRACE || last <= BLANK);
}
