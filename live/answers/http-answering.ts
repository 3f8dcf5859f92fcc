import type { HttpExchangeJson, HttpJson } from '../wire/index.js';

/** Thrown where HTTP is not read. Its message is a sentence for the person who sent the request. */
export class NoHttpError extends Error {
  override readonly name = 'NoHttpError';
  readonly code = 'ERR_NO_HTTP';
}

/** Answers to questions about HTTP exchanges, as objects of `live/wire/`. */
export interface HttpAnswering {
  /**
   * Returns the hosts of the last 10 whole seconds, those with most messages first.
   * @param limit most hosts
   * @throws NoHttpError
   */
  hosts(limit: number): HttpJson;
  /** Returns the last exchanges of a connection; an empty list for one without any. @throws NoHttpError */
  exchangesOf(uuid: string): readonly HttpExchangeJson[];
}

/** Answers where HTTP is not read. */
export class NoHttpAnswers implements HttpAnswering {
  readonly #reason: string;

  /** @param reason sentence that says what is missing */
  constructor(reason: string) {
    this.#reason = reason;
  }

  hosts(): never {
    throw new NoHttpError(this.#reason);
  }

  exchangesOf(): never {
    throw new NoHttpError(this.#reason);
  }
}
