/** Request for flows of connection tracking. */
export interface FlowsRequest {
  /** Expression on flows. */
  readonly filter?: string;
  /** True for flows with a translation only. */
  readonly nat?: boolean;
  /** Only flows in one of these states, with commas. */
  readonly state?: string;
  /** Up to three fields of flows; without it the order of the kernel's table. */
  readonly sort?: string;
  /** Name or inode of a recorded network namespace (default: the collector's own). */
  readonly netns?: string;
  /** Flows in the answer (default 100, at most 10,000). */
  readonly limit?: number;
}

/**
 * Reasons for which flows are not listed. `ERR_NO_CONNTRACK`: they are not looked up here; `ERR_BUSY`: too many listings
 * wait; `ERR_KERNEL`: the kernel refuses or does not answer; `ERR_CHANGED`: its table changed meanwhile, so that another
 * attempt may succeed.
 */
export type FlowsErrorCode = 'ERR_NO_CONNTRACK' | 'ERR_BUSY' | 'ERR_KERNEL' | 'ERR_CHANGED';

/** Thrown when flows are not listed. Its message is a sentence for the person who sent the request. */
export class FlowsError extends Error {
  override readonly name = 'FlowsError';

  constructor(
    message: string,
    readonly code: FlowsErrorCode,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Answers to questions about the flows of recorded network namespaces, as objects of `live/wire/`. */
export interface FlowAnswering {
  /**
   * Lists flows; resolves with the bytes of a `FlowsJson`, in chunks. Requests that are alike share one listing.
   * @param signal ends the listing, unless others wait for it
   * @throws by rejection: ExpressionError, RequestError, FlowsError, and the reason of the signal
   */
  list(request: FlowsRequest, signal: AbortSignal): Promise<readonly Uint8Array[]>;
}

/** Answers of a collector that does not look up flows. */
export class NoFlowAnswers implements FlowAnswering {
  readonly #reason: string;

  /** @param reason sentence that says what is missing */
  constructor(reason: string) {
    this.#reason = reason;
  }

  async list(): Promise<never> {
    throw new FlowsError(this.#reason, 'ERR_NO_CONNTRACK');
  }
}
