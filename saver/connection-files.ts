import { type ArchivedFlow, type ArchivedProcess, encodeLine, type Metadata, ZERO_TIMESTAMP } from '../parse/index.js';
import { archiveName, dateFolder } from './archive-path.js';
import type { Clock } from './clock.js';
import type { SeriesFiles } from './file-series.js';
import type { FilePlace, FilePlan } from './job.js';

/** Options of {@link ConnectionFiles}. */
export interface ConnectionFilesOptions {
  /** Metadata of the connection, for each of its files. */
  readonly about: Omit<Metadata, 'sequence' | 'process' | 'conntrack'>;
  readonly clock: Clock;
  /** Returns the connection's process for the metadata of a file. */
  readonly process?: (() => ArchivedProcess | undefined) | undefined;
  /** Returns the connection's flow for the metadata of a file. */
  readonly flow?: (() => ArchivedFlow | undefined) | undefined;
}

/** Archives of one connection: `YYYY/MM/DD/<UUID>.<sequence>.jsonl.zst`, each with metadata as its first line. */
export class ConnectionFiles implements SeriesFiles {
  readonly #options: ConnectionFilesOptions;

  constructor(options: ConnectionFilesOptions) {
    this.#options = options;
  }

  place(isFirst: boolean): FilePlace {
    const { about, clock } = this.#options;
    // The first file goes to the day on which the connection was first seen, later files to the day on which they
    // start.
    return { folder: dateFolder(isFirst ? about.startTime : clock.timestamp()) };
  }

  name(_plan: FilePlan, sequence: number): string {
    return archiveName(this.#options.about.uuid, sequence);
  }

  isName(path: string, sequence: number): boolean {
    return path.endsWith(`/${archiveName(this.#options.about.uuid, sequence)}`);
  }

  head(sequence: number): Buffer {
    return encodeLine({ timestamp: ZERO_TIMESTAMP, metadata: this.metadata(sequence) });
  }

  /** Returns the metadata of a file with this number. */
  metadata(sequence: number): Metadata {
    const { about } = this.#options;
    const process = this.#options.process?.();
    const conntrack = this.#options.flow?.();
    return {
      ...about,
      sequence,
      ...(process === undefined ? {} : { process }),
      ...(conntrack === undefined ? {} : { conntrack }),
    };
  }
}

/** Places of files that are never made: no frame begins with metadata. */
export class NoHeads implements SeriesFiles {
  readonly #files: SeriesFiles;

  constructor(files: SeriesFiles) {
    this.#files = files;
  }

  place(isFirst: boolean): FilePlace {
    return this.#files.place(isFirst);
  }

  name(plan: FilePlan, sequence: number): string {
    return this.#files.name(plan, sequence);
  }

  isName(path: string, sequence: number): boolean {
    return this.#files.isName(path, sequence);
  }

  head(): undefined {
    return undefined;
  }
}
