import type { ProblemJson } from '../../live/wire/index.js';

/** Values of a query; undefined ones are left out. */
export type QueryParameters = Readonly<Record<string, string | number | undefined>>;

/** Event of a stream. `lost`: the last state stays; the client tries again by itself. */
export type StreamEvent =
  | { readonly kind: 'event'; readonly event: string; readonly data: unknown }
  | { readonly kind: 'lost'; readonly reason: string; readonly sinceMs: number }
  | { readonly kind: 'refused'; readonly problem: ProblemJson };

/** Client of the live API. Paths are below `/api/v1`. */
export interface ApiClient {
  /** @throws ProblemError */
  get<T>(path: string, parameters?: QueryParameters, signal?: AbortSignal): Promise<T>;
  /** Returns the text of an answer. @throws ProblemError */
  text(path: string, parameters?: QueryParameters, signal?: AbortSignal): Promise<string>;
  /** Follows a stream, but not while the page is hidden. Returns the function that ends it. */
  stream(path: string, parameters: QueryParameters, on: (event: StreamEvent) => void): () => void;
}

/** Thrown for an answer that is an error, and when no answer comes (status 0). The message is for the user. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(readonly problem: ProblemJson) {
    super(problem.detail);
  }
}
