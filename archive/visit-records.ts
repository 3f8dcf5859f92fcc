import type { ArchivedRecord, RecordReader } from '../parse/index.js';
import { type ArchiveSource, type ReadOptions, type RecordBatch, readRecordBatches } from './input/index.js';

/**
 * Converts a record to the value that the caller needs; undefined skips the record. Record and value are valid only
 * until the next record, so one object can serve all.
 * @throws DecodeError if the record cannot be used: it is reported and skipped, as a line that is not a record
 */
export type LoadRecord<T> = (record: ArchivedRecord) => T | undefined;

/**
 * Reads the records of an archive and yields what `load` makes of them, in pieces: the records of a piece are at hand,
 * so that the caller waits once for many. Breaking off closes the archive.
 * @param reader reader to reuse for archives whose records have the same layout
 * @throws ArchiveInputError without `onProblem`, when the archive cannot be read and for a record that cannot be used
 */
export async function* visitRecords<T>(
  source: ArchiveSource,
  load: LoadRecord<T>,
  options: ReadOptions,
  reader?: RecordReader,
): AsyncGenerator<Iterable<T>, void, undefined> {
  for await (const batch of readRecordBatches(source, options, reader)) yield new LoadedRecords(batch, load);
}

/** Loaded records of one batch. All share one result: a generator would make one for each and cost more than the loop. */
class LoadedRecords<T> implements IterableIterator<T, undefined> {
  readonly #batch: RecordBatch;
  readonly #load: LoadRecord<T>;
  #result: IteratorYieldResult<T> | undefined;

  constructor(batch: RecordBatch, load: LoadRecord<T>) {
    this.#batch = batch;
    this.#load = load;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    const batch = this.#batch;
    for (let record = batch.next(); record !== undefined; record = batch.next()) {
      let value: T | undefined;
      try {
        value = this.#load(record);
      } catch (error) {
        batch.refuse(error);
        continue;
      }
      if (value === undefined) continue;
      this.#result ??= { done: false, value };
      this.#result.value = value;
      return this.#result;
    }
    return { done: true, value: undefined };
  }
}
