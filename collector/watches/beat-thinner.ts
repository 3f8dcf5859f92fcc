import type { ChangeReason, Connection, ConnectionObserver } from '../../cache/index.js';

/** Observer of archives: what {@link BeatThinner} calls. */
export type ArchivingObserver = Required<Pick<ConnectionObserver, 'opened' | 'changed' | 'closed'>>;

/** Records of reads of one connection. */
interface Thinned {
  /** Time of the last record that was passed on, nanoseconds since 1970. */
  passedNs: number;
  /** Reason of the newest record, if that was not passed on. */
  waiting: ChangeReason | undefined;
}

/**
 * Passes on at most one record a beat of the reads of a watched connection, the newest one, so that its archive is as
 * dense as that of any other. Records of scans and events pass at once.
 */
export class BeatThinner implements ArchivingObserver {
  readonly #archive: ArchivingObserver;
  readonly #beatNs: number;
  readonly #thinned = new Map<Connection, Thinned>();
  #waiting = 0;

  /** @param beatNs time between two scans, nanoseconds */
  constructor(archive: ArchivingObserver, beatNs: number) {
    this.#archive = archive;
    this.#beatNs = beatNs;
  }

  /** True while no record waits for the end of its beat. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  opened(connection: Connection): void {
    this.#archive.opened(connection);
  }

  changed(connection: Connection, reason: ChangeReason): void {
    const { isWatched, readNs = 0 } = connection.provenance;
    const known = this.#thinned.get(connection);
    if (isWatched !== true) {
      if (known !== undefined) this.#passed(known);
      this.#archive.changed(connection, reason);
      return;
    }
    if (known === undefined) {
      this.#thinned.set(connection, { passedNs: readNs, waiting: undefined });
    } else if (readNs - known.passedNs < this.#beatNs) {
      if (known.waiting === undefined) this.#waiting++;
      known.waiting = reason;
      return;
    } else {
      this.#passed(known);
      known.passedNs = readNs;
    }
    this.#archive.changed(connection, reason);
  }

  closed(connection: Connection, end: Parameters<ArchivingObserver['closed']>[1]): void {
    const known = this.#thinned.get(connection);
    if (known !== undefined) {
      this.#pass(connection, known);
      this.#thinned.delete(connection);
    }
    this.#archive.closed(connection, end);
  }

  /** Passes on the newest records of beats that are over. @param nowNs nanoseconds since 1970 */
  beat(nowNs: number): void {
    if (this.#waiting === 0) return;
    for (const [connection, known] of this.#thinned) {
      if (nowNs - known.passedNs >= this.#beatNs) this.#pass(connection, known);
    }
  }

  #pass(connection: Connection, known: Thinned): void {
    const { waiting } = known;
    if (waiting === undefined) return;
    this.#passed(known);
    known.passedNs = connection.provenance.readNs ?? 0;
    this.#archive.changed(connection, waiting);
  }

  #passed(known: Thinned): void {
    if (known.waiting !== undefined) this.#waiting--;
    known.waiting = undefined;
  }
}
