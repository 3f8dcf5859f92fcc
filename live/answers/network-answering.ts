import type { NetworkJson } from '../wire/index.js';

/** Thrown where the machine's network is not read. Its message is a sentence for the person who sent the request. */
export class NoNetworkError extends Error {
  override readonly name = 'NoNetworkError';
  readonly code = 'ERR_NO_NETWORK';
}

/** Answers to questions about the machine's network beyond connections, as objects of `live/wire/`. */
export interface NetworkAnswering {
  /** Returns queues, ports, memory and counters as of the last second. @throws NoNetworkError */
  network(): Promise<NetworkJson>;
}

/** Answers where the machine's network is not read. */
export class NoNetworkAnswers implements NetworkAnswering {
  readonly #reason: string;

  /** @param reason sentence that says why */
  constructor(reason: string) {
    this.#reason = reason;
  }

  async network(): Promise<never> {
    throw new NoNetworkError(this.#reason);
  }
}
