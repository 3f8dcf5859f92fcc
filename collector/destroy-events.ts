import type { Logger } from '../log/index.js';
import { TroubleLog } from '../log/index.js';
import type { EventOutcomeLabel, Metrics } from '../metrics/index.js';
import type { EndedKeys, Listening } from '../native/index.js';

/** Ends of connections that are in no archive. */
const UNRECORDED: readonly EventOutcomeLabel[] = ['unrecorded_reset', 'unrecorded_failed'];

/** Counts what was lost of the kernel's destroy events, and says so once and not a thousand times. */
export class DestroyEventsWatch {
  readonly #metrics: Metrics['destroy'];
  readonly #overrun: TroubleLog;
  readonly #failure: TroubleLog;
  readonly #isOwn: boolean;
  readonly #log: Logger;
  #broken = false;
  #saidUnrecorded = false;

  /** @param isOwn whether it is the collector's own namespace, of which alone the gauges tell */
  constructor(metrics: Metrics['destroy'], log: Logger, isOwn = true) {
    this.#metrics = metrics;
    this.#isOwn = isOwn;
    this.#log = log;
    this.#overrun = new TroubleLog(log);
    this.#failure = new TroubleLog(log);
  }

  /** How listening began. */
  began(listening: Listening | undefined): void {
    const bytes = listening?.receiveBufferBytes;
    this.#metrics.listening.set(bytes === undefined ? 0 : 1);
    this.#metrics.receiveBufferBytes.set(bytes ?? 0);
  }

  /** Counts an event by its meaning, and says once that some connections are counted and not recorded. */
  count(outcome: EventOutcomeLabel): void {
    this.#metrics.events.inc(outcome);
    if (this.#saidUnrecorded || !UNRECORDED.includes(outcome)) return;
    this.#saidUnrecorded = true;
    this.#log.info(
      'connections that no scan sees, and that their own end resets or fails to open, are counted and not recorded',
      { metric: 'tcpinfo_destroy_events_total', outcome: UNRECORDED.join() },
    );
  }

  /** What came with a batch. */
  took({ overruns, lost, discarded, failure }: Pick<EndedKeys, 'overruns' | 'lost' | 'discarded' | 'failure'>): void {
    if (discarded > 0) this.#metrics.events.inc('malformed', discarded);
    if (lost > 0) this.#metrics.lost.inc(lost);
    if (overruns > 0) {
      this.#metrics.overruns.inc(overruns);
      this.#overrun.failed('destroy events lost: their queue overran (tcpinfo_destroy_events_lost_total)', { lost });
    } else {
      this.#overrun.succeeded('destroy events are complete again');
    }
    if (failure !== undefined) {
      const { code, op, errno } = failure;
      this.#failure.failed('destroy events broke off; listening is begun anew', { code, op, errno });
      if (this.#isOwn) this.#metrics.listening.set(0);
      this.#broken = true;
      return;
    }
    this.#failure.succeeded('destroy events come again');
    if (!this.#broken) return;
    if (this.#isOwn) this.#metrics.listening.set(1);
    this.#broken = false;
  }
}
