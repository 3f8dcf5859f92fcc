import { timestampToUs } from '../../../analysis/index.js';
import {
  fileSource,
  type InputOptions,
  type NumberedRecord,
  type ReadOptions,
  readRecords,
} from '../../../archive/input/index.js';
import type { ArchivedRecord, Metadata } from '../../../parse/index.js';
import type { StoredArchive } from './stored-archive.js';

/** Record with its time. */
export interface TimedRecord {
  readonly record: ArchivedRecord;
  /** Microseconds since 1970. */
  readonly timeUs: number;
}

/** Connection of archives, whose records come one after the other. */
export class RecordedConnection {
  readonly #archives: readonly StoredArchive[];
  readonly #options: ReadOptions & InputOptions;
  #records: AsyncGenerator<NumberedRecord, void, undefined> | undefined;
  #file = 0;
  #metadata: Metadata | undefined;
  /** True while the first record is looked for: the archive is read again, and reports its damage then. */
  #isQuiet = false;
  /** Next record; undefined before {@link begin}, and at the end. */
  next: TimedRecord | undefined;

  /** @param archives archives of the connection, in their order */
  constructor(archives: readonly StoredArchive[], options: ReadOptions & InputOptions) {
    this.#archives = archives;
    this.#options = options;
  }

  /** First line of the archives; undefined if none has one. */
  get metadata(): Metadata | undefined {
    return this.#metadata;
  }

  /** Name that orders connections with records of one time. */
  get name(): string {
    return this.#archives[0]?.name ?? '';
  }

  /** Reads the first record. Closes the archive again: not all of them are open at a time. */
  async begin(): Promise<void> {
    this.#isQuiet = true;
    await this.advance();
    this.#isQuiet = false;
    await this.#records?.return();
    this.#records = undefined;
    this.#file = 0;
    if (this.next === undefined) await this.advance();
  }

  /** Reads the next record; it is undefined at the end. */
  async advance(): Promise<void> {
    const before = this.next?.timeUs ?? Number.NEGATIVE_INFINITY;
    const record = await this.#read();
    // A clock may be set back, and files may overlap: time does not.
    const next = record === undefined ? undefined : { record, timeUs: timestampToUs(record.timestamp) };
    this.next = next === undefined ? undefined : { ...next, timeUs: Math.max(before, next.timeUs) };
  }

  /** Reads the first record again, after {@link begin}. */
  async restart(): Promise<void> {
    this.next = undefined;
    await this.advance();
  }

  async #read(): Promise<ArchivedRecord | undefined> {
    for (;;) {
      if (this.#records === undefined) {
        const archive = this.#archives[this.#file++];
        if (archive === undefined) return undefined;
        const options = this.#isQuiet ? { ...this.#options, onProblem: () => undefined } : this.#options;
        this.#records = readRecords(
          { path: archive.name, content: fileSource(archive.path, undefined, options).content },
          options,
        );
      }
      const step = await this.#records.next();
      if (step.done === true) {
        this.#records = undefined;
        continue;
      }
      const { record } = step.value;
      this.#metadata ??= record.metadata;
      if (record.rawIdm !== undefined) return record;
    }
  }
}
