/** Time limits of a connection, in milliseconds. */
export interface Deadlines {
  /** Limit for receiving a request: from its first byte, or from the connection's begin for the first request. */
  readonly requestMs: number;
  /** Limit for the client to read an answer, or a piece of a streamed one. */
  readonly answerMs: number;
  /** Limit between two requests. */
  readonly idleMs: number;
}

/** Default time limits. */
export const DEADLINES: Deadlines = {
  requestMs: 10_000,
  answerMs: 30_000,
  // Longer than usual scrape intervals, so that a scraper never writes to a connection that we have just closed.
  idleMs: 90_000,
};
