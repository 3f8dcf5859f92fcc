import { type ArchivedRecord, decodeRecord } from '../parse/index.js';
import { ArchiveInputError } from './error.js';
import { type ReadLinesOptions, readLines } from './lines.js';
import type { ArchiveSource } from './source.js';

/** A record of an archive and where it stands. */
export interface NumberedRecord {
  /** The line, from 1. */
  readonly line: number;
  readonly record: ArchivedRecord;
}

/**
 * Reads the records of an archive as it comes; see {@link readLines}.
 * @throws ArchiveInputError as `readLines` does, and at the first line that is no record: `ERR_JSON`, also for a blank
 *   line, or `ERR_RECORD`. All records before it have been yielded.
 */
export async function* readRecords(
  source: ArchiveSource,
  options?: ReadLinesOptions,
): AsyncGenerator<NumberedRecord, void, undefined> {
  for await (const { line, text } of readLines(source, options)) {
    let record: ArchivedRecord;
    try {
      record = decodeRecord(text);
    } catch (error) {
      throw ArchiveInputError.from(source.path, error, line);
    }
    yield { line, record };
  }
}
