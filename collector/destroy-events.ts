import type { Logger } from '../log/index.js';
import { TroubleLog } from '../log/index.js';
import type { EventOutcomeLabel, Metrics } from '../metrics/index.js';
import type { DestroyedKeys, Listening } from '../native/index.js';

/** Outcomes of events whose connections are in no archive. */
const UNRECORDED: readonly EventOutcomeLabel[] = ['unrecorded_reset', 'unrecorded_failed'];

/** Counts destroy events and losses of them, and logs a loss once instead of a thousand times. */
export class DestroyEventsWatch {
  readonly #metrics: Metrics['destroy'];
  readonly #overrun: TroubleLog;
  readonly #failure: TroubleLog;
  readonly #isOwn: boolean;
  readonly #log: Logger;
  #broken = false;
  #saidUnrecorded = false;

  /** @param isOwn true for the collector's own namespace; the gauges show only that one */
  constructor(metrics: Metrics['destroy'], log: Logger, isOwn = true) {
    this.#metrics = metrics;
    this.#isOwn = isOwn;
    this.#log = log;
    this.#overrun = new TroubleLog(log);
    this.#failure = new TroubleLog(log);
  }

  /** Sets the gauges after listening has started or failed to start. */
  began(listening: Listening | undefined): void {
    const bytes = listening?.receiveBufferBytes;
    this.#metrics.listening.set(bytes === undefined ? 0 : 1);
    this.#metrics.receiveBufferBytes.set(bytes ?? 0);
  }

  /** Counts an event by outcome, and logs once that some connections are only counted, not recorded. */
  count(outcome: EventOutcomeLabel): void {
    this.#metrics.events.inc(outcome);
    if (this.#saidUnrecorded || !UNRECORDED.includes(outcome)) return;
    this.#saidUnrecorded = true;
    this.#log.info(
      'connections that no scan sees, and that are reset locally or fail to open, are counted but not recorded',
      { metric: 'tcpinfo_destroy_events_total', outcome: UNRECORDED.join() },
    );
  }

  /** Counts the losses and failures that a batch reports. */
  took({
    overruns,
    lost,
    discarded,
    failure,
  }: Pick<DestroyedKeys, 'overruns' | 'lost' | 'discarded' | 'failure'>): void {
    if (discarded > 0) this.#metrics.events.inc('malformed', discarded);
    if (lost > 0) this.#metrics.lost.inc(lost);
    if (overruns > 0) {
      this.#metrics.overruns.inc(overruns);
      this.#overrun.failed('destroy events lost: receive buffer full (tcpinfo_destroy_events_lost_total)', { lost });
    } else {
      this.#overrun.succeeded('destroy events are complete again');
    }
    if (failure !== undefined) {
      const { code, op, errno } = failure;
      this.#failure.failed('destroy event socket failed; reopening', { code, op, errno });
      if (this.#isOwn) this.#metrics.listening.set(0);
      this.#broken = true;
      return;
    }
    this.#failure.succeeded('destroy event socket works again');
    if (!this.#broken) return;
    if (this.#isOwn) this.#metrics.listening.set(1);
    this.#broken = false;
  }
}
