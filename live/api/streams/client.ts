import type { LiveMetrics } from '../../../metrics/index.js';
import type { EndEventJson } from '../../wire/index.js';
import { formatMessage, type StreamType, withMember } from './message-format.js';
import type { MessageStream } from './packed-stream.js';

/** Time without a message after which a stream sends `ping`. */
const PING_MS = 15_000;
/** Largest message. */
export const MAX_MESSAGE_BYTES: number = 2 ** 20;

/** Options of {@link StreamClient}. */
export interface StreamClientOptions {
  readonly stream: MessageStream;
  readonly type: StreamType;
  readonly metrics: Pick<LiveMetrics, 'messages' | 'messagesSkipped'>;
  readonly pingMs?: number;
}

/**
 * Client of a stream. At most one message waits for it: a message that it cannot take yet is skipped, and the next one
 * says how many were.
 */
export class StreamClient {
  readonly #options: StreamClientOptions;
  #skipped = 0;
  #ping: NodeJS.Timeout | undefined;

  constructor(options: StreamClientOptions) {
    this.#options = options;
    options.stream.onStop(() => this.#last({ reason: 'stopping' }));
    this.#restartPing();
  }

  get isOpen(): boolean {
    return this.#options.stream.isOpen;
  }

  /** True if the client has read all that was sent. */
  get isDrained(): boolean {
    return this.#options.stream.isDrained;
  }

  /** Number of messages skipped since the last one that was sent. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Returns whether the client can take a message now. If not, the message counts as skipped. */
  canTake(): boolean {
    if (this.#options.stream.isDrained) return true;
    this.#skipped++;
    this.#options.metrics.messagesSkipped.inc();
    return false;
  }

  /**
   * Sends a message. One that is too large ends the stream.
   * @param json object as JSON, in one line
   */
  send(event: string, json: string, generation: number): void {
    const { stream, type, metrics } = this.#options;
    const whole = this.#skipped === 0 ? json : withMember(json, 'skipped', String(this.#skipped));
    const message = Buffer.from(formatMessage(type, event, whole, generation));
    if (message.length > MAX_MESSAGE_BYTES) {
      this.end({ reason: 'too-large', detail: `a message has ${message.length} bytes; ask for fewer rows or fields` });
      return;
    }
    this.#skipped = 0;
    stream.write(message);
    metrics.messages.inc();
    this.#restartPing();
  }

  /** Ends the stream with a last message, if given. */
  end(last?: EndEventJson): void {
    if (last !== undefined) this.#last(last);
    this.#options.stream.end();
    this.stop();
  }

  /** Stops the timer, because the stream has ended. */
  stop(): void {
    clearTimeout(this.#ping);
  }

  #last(last: EndEventJson): void {
    this.#options.stream.write(formatMessage(this.#options.type, 'end', JSON.stringify(last)));
  }

  #restartPing(): void {
    const { stream, type, pingMs = PING_MS } = this.#options;
    clearTimeout(this.#ping);
    this.#ping = setTimeout(() => {
      if (stream.isOpen && stream.isDrained) stream.write(formatMessage(type, 'ping', '{}'));
      this.#restartPing();
    }, pingMs).unref();
  }
}
