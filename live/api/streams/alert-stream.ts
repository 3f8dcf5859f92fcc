import type { AlertAnswering } from '../../answers/index.js';
import type { StreamClient } from './client.js';

/**
 * Sends transitions of alerts to a client of a stream, in their order. Those that it cannot take yet come later, as long
 * as they are kept.
 */
export class AlertStream {
  readonly #client: StreamClient;
  readonly #history: AlertAnswering['history'];
  /** Number of the last transition that was sent. */
  #sent: number;

  /** @param since generation since which the client missed transitions; undefined: it wants only new ones */
  constructor(client: StreamClient, history: AlertAnswering['history'], since: number | undefined) {
    this.#client = client;
    this.#history = history;
    const missed = since === undefined ? [] : history.since(0).filter(({ generation }) => generation >= since);
    this.#sent = (missed[0]?.seq ?? history.seq + 1) - 1;
  }

  /** Sends what the client can take. */
  flush(): void {
    if (this.#history.seq === this.#sent) return;
    for (const transition of this.#history.since(this.#sent)) {
      if (!this.#client.isOpen || !this.#client.isDrained) return;
      this.#sent = transition.seq;
      this.#client.send('alert', JSON.stringify(transition), transition.generation);
    }
  }
}

/** Returns the generation of the last message that a client has got before it came again; undefined for a new client. */
export function lastGeneration(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
