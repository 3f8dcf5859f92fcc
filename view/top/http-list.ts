import type { HttpJson } from '../../live/wire/index.js';

/** Hosts of HTTP exchanges, as the source last answered. */
export interface HttpList {
  /** Undefined before the first answer. */
  readonly answer: HttpJson | undefined;
  /** Reason why the source has no answer. */
  readonly error: string | undefined;
}

/** State before anything was asked. */
export const NO_HTTP_YET: HttpList = { answer: undefined, error: undefined };
