import { TcpCaState } from '../tcp/index.js';
import { counterIncrease32 } from './counters.js';
import type { Observation } from './observation.js';

/** Weight of the latest gap between two losses in the mean gap. */
const GAP_WEIGHT = 0.25;
/** Number of mean gaps within which another loss is expected; until then losses hold the window down. */
const EXPECTED_GAPS = 3;

/**
 * Tracker of one connection's losses: the congestion window before the last loss, and the time between losses. Losses
 * hold down a window that is smaller than before the last loss, and one that has grown back while the next loss is due.
 */
export class Losses {
  /** Congestion window before the last loss, until the window is as large again. */
  #window: number | null = null;
  #lastUs: number | null = null;
  #gapUs: number | null = null;

  /** Adds the next interval. */
  add(before: Observation, now: Observation): void {
    if (before.sndCwnd === null || now.sndCwnd === null) return;
    const retransmitted = (counterIncrease32(before.totalRetrans, now.totalRetrans) ?? 0) > 0;
    if (!isRecovering(before) && (isRecovering(now) || (retransmitted && now.sndCwnd < before.sndCwnd))) {
      this.#window = before.sndCwnd;
      if (this.#lastUs !== null) {
        const gapUs = now.timeUs - this.#lastUs;
        this.#gapUs = this.#gapUs === null ? gapUs : this.#gapUs + GAP_WEIGHT * (gapUs - this.#gapUs);
      }
      this.#lastUs = now.timeUs;
    } else if (this.#window !== null && now.sndCwnd >= this.#window && !isRecovering(now)) {
      this.#window = null;
    }
  }

  /** Returns true while losses keep the congestion window small. */
  isHeldDown(now: Observation): boolean {
    if (this.#window !== null) return true;
    if (this.#lastUs === null || this.#gapUs === null) return false;
    return now.timeUs - this.#lastUs < EXPECTED_GAPS * this.#gapUs;
  }

  /** Resets everything for the next connection. */
  reset(): void {
    this.#window = null;
    this.#lastUs = null;
    this.#gapUs = null;
  }
}

function isRecovering({ caState }: Observation): boolean {
  return caState === TcpCaState.Recovery || caState === TcpCaState.Loss;
}
