/** Reasons why a broker did not take a frame. */
export const REFUSALS = ['timeout', 'full', 'disconnected', 'auth', 'unavailable', 'too-large'] as const;
/**
 * One of {@link REFUSALS}. All but `too-large` may end by themselves: `timeout`, no answer came; `full`, the stream has
 * no room; `disconnected`, the connection ended first; `auth`, rights are missing; `unavailable`, everything else, such
 * as no stream, no leader, or JetStream that starts.
 */
export type Refusal = (typeof REFUSALS)[number];

/** Message with a frame. */
export interface FrameMessage {
  readonly subject: string;
  /** Id, the same for every resend. */
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** Open connection to a broker. */
export interface Carrier {
  /**
   * Sends a frame and waits until the broker has stored it. Returns whether it had it before.
   * @throws RefusedError
   */
  send(message: FrameMessage): Promise<{ readonly isDuplicate: boolean }>;
  /** Settles when the connection has ended, with the reason if it is known. Never rejects. */
  readonly ended: Promise<string | undefined>;
  /** Ends the connection. */
  close(): Promise<void>;
}

/** Broker that connections are made to. */
export interface Transport {
  /** Connects once. @throws RefusedError */
  connect(): Promise<Carrier>;
}

/** Error when a broker refused a connection or a frame. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    readonly reason: Refusal,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
