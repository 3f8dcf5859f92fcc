import { ArchiveInputError, type InputOptions, openInputs, partOf, readRecords } from '../input/index.js';
import { DecodeError } from '../netlink/index.js';
import type { ArchivedRecord, Metadata } from '../parse/index.js';
import { type DecodeSnapshotOptions, decodeSnapshot, type Snapshot } from '../snapshot/index.js';

/** How snapshots are read. Without `onProblem`, the first damaged line or archive is thrown. */
export interface ReadSnapshotsOptions
  extends Pick<InputOptions, 'onProblem' | 'onBytes' | 'onPassedOver' | 'stdin'>,
    DecodeSnapshotOptions {}

/** A snapshot, and where it comes from. */
export interface StoredSnapshot extends Snapshot {
  /** The connection's, from the archive's metadata line, or else from the file's name; undefined when neither says. */
  readonly uuid: string | undefined;
  /** Number of the file among those of the connection, from 0; likewise. */
  readonly sequence: number | undefined;
  /** The archive, such as `data/2026/11/20/….jsonl.zst`; in a tar `x.tgz:2026/11/20/….jsonl.zst`. */
  readonly path: string;
  /** The line in it, from 1. */
  readonly line: number;
  /** The archive's; undefined when it has none. */
  readonly metadata?: Metadata;
}

/**
 * Reads every snapshot of one or several files, folders or patterns, in memory that does not grow with them; `-` is
 * standard input. The files of a connection follow each other. Metadata lines are in each snapshot's `metadata`.
 * @throws ArchiveInputError for a path that is not there, and at the first damage unless `onProblem` takes it
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

/** @throws DecodeError for a record that is neither about the archive nor a snapshot */
function isMetadata({ rawIdm, metadata }: ArchivedRecord): boolean {
  if (rawIdm !== undefined) return false;
  if (metadata !== undefined) return true;
  throw new DecodeError('record has neither Metadata nor RawIDM', { code: 'ERR_RECORD', at: 0 });
}
