import { STREAM_LOSS_REASONS, type StreamLossReason, type StreamMetrics } from '../../metrics/index.js';
import { DROPPED_FIRST, type StreamKind } from './kinds.js';
import { lineBeginning, type StreamOrigin } from './row-text.js';

/** Time between two reports of losses, milliseconds. */
const REPORT_MS = 60_000;

interface Loss {
  readonly kind: StreamKind;
  readonly reason: StreamLossReason;
  rows: number;
  sinceMs: number;
  untilMs: number;
}

/** Options of {@link Losses}. */
export interface LossesOptions {
  readonly origin: StreamOrigin;
  readonly metrics: Pick<StreamMetrics, 'lostRows'>;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Called with the first loss after a report. */
  readonly onFirst: (kind: StreamKind, reason: StreamLossReason) => void;
}

/**
 * Lines that the stream lost, counted by kind and reason, and the time of the losses. They become lines of the stream, so that a gap in
 * the rows is a row itself.
 */
export class Losses {
  readonly #options: LossesOptions;
  readonly #beginning: string;
  readonly #losses: readonly Loss[];
  #dueMs: number | undefined;

  constructor(options: LossesOptions) {
    this.#options = options;
    this.#beginning = lineBeginning(options.origin);
    this.#losses = DROPPED_FIRST.flatMap((kind) =>
      STREAM_LOSS_REASONS.map((reason) => ({ kind, reason, rows: 0, sinceMs: 0, untilMs: 0 })),
    );
  }

  /** Counts lost lines. */
  add(kind: StreamKind, reason: StreamLossReason, rows: number): void {
    if (rows === 0) return;
    this.#options.metrics.lostRows.inc(kind, reason, rows);
    const loss = this.#losses.find((each) => each.kind === kind && each.reason === reason);
    if (loss === undefined) return;
    const nowMs = this.#options.nowMs();
    if (loss.rows === 0) loss.sinceMs = nowMs;
    loss.rows += rows;
    loss.untilMs = nowMs;
    if (this.#dueMs !== undefined) return;
    this.#dueMs = nowMs + REPORT_MS;
    this.#options.onFirst(kind, reason);
  }

  /**
   * Returns a line for each kind and reason with losses since the last report, a minute after the first of them.
   * @param atOnce true to report now
   */
  take(atOnce: boolean): string[] {
    if (this.#dueMs === undefined || (!atOnce && this.#options.nowMs() < this.#dueMs)) return [];
    this.#dueMs = undefined;
    return this.#losses
      .filter(({ rows }) => rows > 0)
      .map((loss) => {
        const { kind, reason, rows, sinceMs, untilMs } = loss;
        loss.rows = 0;
        const times = `"since":${nanoseconds(sinceMs)},"until":${nanoseconds(untilMs)}`;
        return `${this.#beginning},"kind":"${kind}","rows":${rows},"reason":"${reason}",${times}}\n`;
      });
  }
}

/** Returns a time as an integer of nanoseconds, which a number could not hold. */
function nanoseconds(ms: number): string {
  return `${BigInt(Math.trunc(ms)) * 1_000_000n}`;
}
