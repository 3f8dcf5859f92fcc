import type { ProblemJson } from '../../live/wire/index.js';

/** QueryParameters of a request; undefined ones are left out. */
export type QueryParameters = Readonly<Record<string, string | number | undefined>>;

/**
 * Report of a stream. `event`: a message, other than `ping` and `end`. `lost`: the stream broke off, and is tried again
 * by itself; `sinceMs` is the time of the loss on the clock of `performance.now()`. `refused`: it is not tried again.
 */
export type StreamEvent =
  | { readonly kind: 'event'; readonly event: string; readonly data: unknown }
  | { readonly kind: 'lost'; readonly reason: string; readonly sinceMs: number }
  | { readonly kind: 'refused'; readonly problem: ProblemJson };

/** Client of the API of the collector that served the page. Paths begin below `/api/v1`, with `/`. */
export interface ApiClient {
  /**
   * Returns the answer of a route as JSON.
   * @throws ProblemError; the reason of `signal` if it is aborted
   */
  get<T>(path: string, parameters?: QueryParameters, signal?: AbortSignal): Promise<T>;
  /**
   * Returns the answer as a file, which the browser may keep on disk: it can be large, and take as long as it needs once
   * it has begun.
   * @throws as `get` does
   */
  file(path: string, parameters?: QueryParameters): Promise<Blob>;
  /** Sends a command as JSON, once, and returns its answer. @throws as `get` does */
  post<T>(path: string, body: object): Promise<T>;
  /** Deletes something, once, and returns the answer. @throws as `get` does */
  delete<T>(path: string): Promise<T>;
  /**
   * Follows a stream: after a loss it begins anew by itself, and it is closed while the page is hidden. After the message
   * `closed` it is over. Returns the function that ends it.
   */
  stream(path: string, parameters: QueryParameters, on: (event: StreamEvent) => void): () => void;
}
