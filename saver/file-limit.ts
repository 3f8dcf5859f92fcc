import type { ArchiveAccounting } from './accounting.js';
import type { ArchiveError } from './archive-error.js';
import type { FileSchedule } from './file-schedule.js';
import type { FileSeries } from './file-series.js';
import type { OpenFiles } from './open-files.js';
import type { Syncer } from './syncer.js';

/** Share by which files that are being closed may exceed the limit of open files; not used while syncing is on. */
const OPEN_SLACK = 1 / 4;
/** Share of the limit of open files up to which ended files may wait for a sync; above it a sync starts early. */
const LINGERING = 1 / 2;
/** Number of files to close when the system has no descriptor left. */
const CLOSED_WHEN_OUT = 16;

/** Options of {@link FileLimit}. */
export interface FileLimitOptions {
  /** Limit of open files. Default: no limit. */
  readonly maxOpenFiles?: number | undefined;
  readonly files: OpenFiles<FileSeries>;
  readonly accounting: ArchiveAccounting;
  readonly schedule: FileSchedule;
  readonly syncer: Syncer;
}

/** Limit of open files: makes room by closing the longest idle ones. */
export class FileLimit {
  readonly #options: FileLimitOptions;
  readonly #maxOpenFiles: number;

  constructor(options: FileLimitOptions) {
    this.#options = options;
    this.#maxOpenFiles = options.maxOpenFiles ?? Number.POSITIVE_INFINITY;
  }

  /** Returns whether a file that ends with its first frame may stay open until its sync; other files have priority. */
  mayLinger(): boolean {
    const { files, syncer } = this.#options;
    if (!syncer.isOn) return false;
    const isRoom = files.open < this.#maxOpenFiles * LINGERING;
    if (!isRoom) syncer.request();
    return isRoom;
  }

  /** Returns whether another file may stay open; closes the longest idle file for it, as long as closing keeps up. */
  makeRoom(): boolean {
    const { files, accounting, syncer } = this.#options;
    const slack = syncer.isOn ? 0 : Math.max(1, this.#maxOpenFiles * OPEN_SLACK);
    if (files.open >= this.#maxOpenFiles + slack) {
      syncer.request();
      accounting.closedIdle();
      return false;
    }
    if (files.lasting >= this.#maxOpenFiles) this.#closeIdle();
    return true;
  }

  /** Closes idle files after a failure for want of descriptors. */
  spare({ code }: ArchiveError): void {
    if (code !== 'EMFILE' && code !== 'ENFILE') return;
    this.#options.syncer.request();
    for (let i = 0; i < CLOSED_WHEN_OUT; i++) this.#closeIdle();
  }

  #closeIdle(): void {
    const { files, accounting, schedule } = this.#options;
    const archive = files.longestIdle();
    if (archive === undefined) return;
    accounting.closedIdle();
    schedule.endFile(archive, 'descriptors');
  }
}
