import { TcpState } from '../tcp/index.js';
import { counterIncrease, counterIncrease32 } from './counters.js';
import type { Observation } from './observation.js';

/** Returns whether the peer's FIN has arrived in a state. */
export function hasPeerFin(state: number): boolean {
  switch (state) {
    case TcpState.CLOSE_WAIT:
    case TcpState.LAST_ACK:
    case TcpState.CLOSING:
    case TcpState.TIME_WAIT:
      return true;
    default:
      return false;
  }
}

/**
 * Returns the bytes that `tcpi_bytes_received` grew by without payload between two snapshots: 1 for the peer's FIN, or
 * for a byte that no data segment brought; else 0. A FIN that arrived with data just before the end counts as payload.
 */
export function bytesWithoutPayload(before: Observation, now: Observation): number {
  const received = counterIncrease(before.bytesReceived, now.bytesReceived) ?? 0;
  if (received === 0 || hasPeerFin(before.state)) return 0;
  if (hasPeerFin(now.state)) return 1;
  return received === 1 && counterIncrease32(before.dataSegsIn, now.dataSegsIn) === 0 ? 1 : 0;
}

/** Fields of a snapshot that show the peer's FIN. */
export type PeerFinFields = Pick<Observation, 'hasInfo' | 'state' | 'bytesReceived' | 'dataSegsIn'>;

/**
 * Detector of the peer's FIN, which counts one byte in `tcpi_bytes_received`. The FIN is detected by the state, or by a
 * byte that arrived without a data segment. A FIN that arrived with the last data, just before the end, is not
 * detected.
 */
export class PeerFin {
  #bytesReceived: number | null = null;
  #dataSegsIn: number | null = null;
  #isSeen = false;

  /** True once the FIN was seen. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  /** Adds the next snapshot. */
  add({ hasInfo, state, bytesReceived, dataSegsIn }: PeerFinFields): void {
    const isAlone =
      counterIncrease(this.#bytesReceived, bytesReceived) === 1 &&
      counterIncrease32(this.#dataSegsIn, dataSegsIn) === 0;
    if (isAlone || hasPeerFin(state)) this.#isSeen = true;
    if (!hasInfo) return;
    this.#bytesReceived = bytesReceived;
    this.#dataSegsIn = dataSegsIn;
  }

  /** Resets everything for the next connection. */
  reset(): void {
    this.#bytesReceived = null;
    this.#dataSegsIn = null;
    this.#isSeen = false;
  }
}
