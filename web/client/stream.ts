import type { StreamEvent } from './api-client.js';
import { retryDelayMs } from './backoff.js';
import { LineDecoder } from './line-decoder.js';
import { ProblemError, pageProblem } from './problem-error.js';
import type { Visibility } from './visibility.js';

/** Silence after which a stream counts as broken: the collector sends a ping after 15 s. */
export const SILENCE_MS = 40_000;
/** Longest line; the collector's are at most 1 MiB. */
const MAX_LINE = 4 * 2 ** 20;

/** Options of {@link Stream}. */
export interface StreamOptions {
  /** Opens the stream. @throws ProblemError */
  readonly open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  readonly on: (event: StreamEvent) => void;
  readonly visibility: Visibility;
  /** Returns a number from 0 to 1, to spread attempts. */
  readonly random: () => number;
}

/** End of one attempt: by the caller, by hiding the page, by the server's last word, or by a loss. */
type Outcome =
  | { readonly kind: 'ended' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'lost'; readonly reason: string; readonly retryAfterMs?: number | undefined }
  | { readonly kind: 'refused'; readonly error: ProblemError };

/** Lines of JSON that are read until the end, again and again after losses. */
export class Stream {
  readonly #options: StreamOptions;
  #isStopped = false;
  /** Attempts that failed since the last message. */
  #failures = 0;
  #lostSinceMs: number | undefined;
  /** True while the next attempt waits for no time that the collector named. */
  #isRetryFree = false;
  #attempt: AbortController | undefined;
  /** Ends the present wait. */
  #wake: (() => void) | undefined;
  readonly #unwatch: () => void;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#unwatch = options.visibility.onChange(() => this.#visibilityChanged());
    void this.#run();
  }

  /** Tries again now, because the collector answers, unless it named a time. */
  retry(): void {
    if (this.#isRetryFree) this.#wake?.();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unwatch();
    this.#attempt?.abort();
    this.#wake?.();
  }

  #visibilityChanged(): void {
    if (this.#options.visibility.isHidden) this.#attempt?.abort();
    else this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#options.visibility.isHidden) {
        await this.#wait();
        continue;
      }
      const outcome = await this.#follow();
      if (this.#isStopped || outcome.kind === 'ended') break;
      if (outcome.kind === 'paused') continue;
      if (outcome.kind === 'refused') {
        this.#options.on({ kind: 'refused', problem: outcome.error.problem });
        break;
      }
      this.#failures++;
      this.#lostSinceMs ??= performance.now();
      this.#options.on({ kind: 'lost', reason: outcome.reason, sinceMs: this.#lostSinceMs });
      this.#isRetryFree = outcome.retryAfterMs === undefined;
      await this.#wait(Math.max(retryDelayMs(this.#failures, this.#options.random()), outcome.retryAfterMs ?? 0));
      this.#isRetryFree = false;
    }
    this.stop();
  }

  /** Reads one stream to its end. An error of the listener is a defect of the page, and is thrown. */
  async #follow(): Promise<Outcome> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    let isSilent = false;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        isSilent = true;
        attempt.abort();
      }, SILENCE_MS);
    };
    const failed = (error: unknown): Outcome => {
      if (isSilent) return { kind: 'lost', reason: `nothing was heard for ${SILENCE_MS / 1000} s` };
      if (attempt.signal.aborted) return { kind: 'paused' };
      if (!(error instanceof ProblemError)) return { kind: 'lost', reason: 'the connection broke off' };
      if (!error.isTemporary) return { kind: 'refused', error };
      return { kind: 'lost', reason: error.message, retryAfterMs: error.retryAfterMs };
    };
    heard();
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    try {
      const lines = new LineDecoder();
      for (;;) {
        let chunk: Uint8Array | undefined;
        try {
          reader ??= (await this.#options.open(attempt.signal)).getReader();
          const { value, done } = await reader.read();
          if (done) return { kind: 'lost', reason: 'the collector has ended the stream' };
          chunk = value;
        } catch (error) {
          return failed(error);
        }
        if (attempt.signal.aborted) return failed(undefined);
        heard();
        for (const line of lines.push(chunk)) {
          const outcome = this.#take(line);
          if (outcome !== undefined) return outcome;
          if (attempt.signal.aborted) return failed(undefined);
        }
        if (lines.pending > MAX_LINE) return { kind: 'lost', reason: 'a line of the stream is too long' };
      }
    } finally {
      clearTimeout(silence);
      attempt.abort();
      // Its failure is the abort, or was the end of this attempt.
      void reader?.cancel().catch(() => undefined);
    }
  }

  /** Reports a line. Returns the end of the stream that it announces. */
  #take(line: string): Outcome | undefined {
    const message = parseMessage(line);
    if (message === undefined) return { kind: 'lost', reason: 'the stream has an unexpected message' };
    this.#failures = 0;
    this.#lostSinceMs = undefined;
    if (message.event === 'end') return endOf(message);
    if (message.event === 'ping') return undefined;
    this.#options.on({ kind: 'event', event: message.event, data: message });
    return message.event === 'closed' ? { kind: 'ended' } : undefined;
  }

  async #wait(ms?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

interface Message {
  readonly event: string;
  readonly reason?: unknown;
  readonly detail?: unknown;
}

function parseMessage(line: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The stream counts as broken, and begins anew.
    return undefined;
  }
  const event = (value as { readonly event?: unknown } | null)?.event;
  return typeof event === 'string' ? (value as Message) : undefined;
}

/** Returns the outcome of the message `end`: the same request would be too large again, all others may work later. */
function endOf({ reason, detail }: Message): Outcome {
  if (reason === 'too-large') {
    return { kind: 'refused', error: pageProblem('ERR_TOO_LARGE', String(detail ?? 'a message is too large')) };
  }
  return { kind: 'lost', reason: reason === 'stopping' ? 'the collector is stopping' : 'the stream failed' };
}
