import type { ViewMessage } from '../../answers/index.js';
import type { StreamClient } from './client.js';

/**
 * Sends states of a view to a client: `view` first and after a gap, else `delta`.
 */
export class ViewStream {
  readonly #client: StreamClient;
  /** Generation of the last message; undefined before the first. */
  #sent: number | undefined;

  constructor(client: StreamClient) {
    this.#client = client;
  }

  /** Sends a state, unless the client has not read the last one. */
  next(message: ViewMessage): void {
    if (!this.#client.isOpen || !this.#client.canTake()) return;
    const delta = this.#sent !== undefined && this.#sent === message.before ? message.deltaText() : undefined;
    this.#sent = message.generation;
    if (delta === undefined) this.#client.send('view', message.viewText(), message.generation);
    else this.#client.send('delta', delta, message.generation);
  }
}
