import type { ConnectionObserver } from '../cache/index.js';
import type { Collector } from '../collector/index.js';
import type { ArchivingObserver, BeatThinner } from '../collector/watches/index.js';

/** Options of {@link ArchiveThinning}. */
export interface ArchiveThinningOptions {
  /** Observers of the daemon's collector, and which of them writes archives. */
  readonly observers: () => { readonly all: readonly ConnectionObserver[]; readonly saver: ArchivingObserver };
  readonly collector: () => Pick<Collector, 'setObservers'>;
  readonly createThinner: (archives: ArchivingObserver) => BeatThinner;
}

/** Has archives get at most one record a beat of watched connections, while there are some. */
export class ArchiveThinning {
  readonly #options: ArchiveThinningOptions;
  /** Undefined while nothing is watched. */
  #thinner: BeatThinner | undefined;

  constructor(options: ArchiveThinningOptions) {
    this.#options = options;
  }

  /** Begins, before the first record of a read. */
  begin(): void {
    if (this.#thinner !== undefined) return;
    const { all, saver } = this.#options.observers();
    const thinner = this.#options.createThinner(saver);
    this.#thinner = thinner;
    this.#options.collector().setObservers(all.map((each) => (each === saver ? thinner : each)));
  }

  /**
   * Passes on the newest records of beats that are over, and ends with the last of them.
   * @param nowNs nanoseconds since 1970
   */
  beat(nowNs: number, isWatching: boolean): void {
    if (this.#thinner === undefined) return;
    this.#thinner.beat(nowNs);
    if (isWatching || !this.#thinner.isIdle) return;
    this.#thinner = undefined;
    this.#options.collector().setObservers(this.#options.observers().all);
  }
}
