import { DecodeError } from '../../netlink/index.js';
import type { ArchivedRecord, Metadata } from '../../parse/index.js';
import { type DecodeSnapshotOptions, decodeSnapshot, type Snapshot } from '../../parse/snapshot/index.js';
import { ArchiveInputError, type InputOptions, openInputs, partOf, readRecords } from '../input/index.js';

/** Options of {@link readSnapshots}. Without `onProblem`, the first damaged line or archive throws an error. */
export interface ReadSnapshotsOptions
  extends Pick<InputOptions, 'onProblem' | 'onBytes' | 'onPassedOver' | 'stdin'>,
    DecodeSnapshotOptions {}

/** Snapshot with its origin. */
export interface StoredSnapshot extends Snapshot {
  /** UUID of the connection, from the archive's metadata line, else from the file name; undefined if unknown. */
  readonly uuid: string | undefined;
  /** Number of the file among those of the connection, from 0; undefined if unknown. */
  readonly sequence: number | undefined;
  /** Path of the archive, such as `data/2026/11/20/….jsonl.zst`; in a tar `x.tgz:2026/11/20/….jsonl.zst`. */
  readonly path: string;
  /** Line number in the archive, from 1. */
  readonly line: number;
  /** Metadata of the archive; undefined when it has none. */
  readonly metadata?: Metadata;
}

/**
 * Reads every snapshot of files, folders or patterns, with constant memory; `-` is standard input. The files of a
 * connection follow each other. Each snapshot's `metadata` has the archive's metadata line.
 * @throws ArchiveInputError for a missing path, and for the first damage if there is no `onProblem`
 */
export async function* readSnapshots(
  paths: string | readonly string[],
  options: ReadSnapshotsOptions = {},
): AsyncGenerator<StoredSnapshot, void, undefined> {
  const { onProblem } = options;
  for await (const { path, source } of openInputs(typeof paths === 'string' ? [paths] : paths, options)) {
    const part = partOf(path);
    let metadata: Metadata | undefined;
    for await (const { line, record } of readRecords(source, options)) {
      let snapshot: Snapshot;
      try {
        if (isMetadata(record)) {
          metadata = record.metadata;
          continue;
        }
        snapshot = decodeSnapshot(record, options);
      } catch (error) {
        const problem = ArchiveInputError.from(path, error, line);
        if (onProblem === undefined || !(problem instanceof ArchiveInputError)) throw problem;
        onProblem(problem);
        continue;
      }
      const uuid = metadata?.uuid ?? part?.uuid;
      const sequence = metadata?.sequence ?? part?.sequence;
      const about = metadata === undefined ? {} : { metadata };
      yield Object.assign(snapshot, { uuid, sequence, path, line, ...about });
    }
  }
}

/**
 * Returns whether a record is metadata.
 * @throws DecodeError when it is neither metadata nor a snapshot
 */
function isMetadata({ rawIdm, metadata }: ArchivedRecord): boolean {
  if (rawIdm !== undefined) return false;
  if (metadata !== undefined) return true;
  throw new DecodeError('record has neither Metadata nor RawIDM', { code: 'ERR_RECORD', at: 0 });
}
