import type { Socket } from 'node:net';

/** Options of {@link AnswerStream}. */
export interface AnswerStreamOptions {
  readonly socket: Socket;
  /** True to send each piece as a chunk of HTTP/1.1, so that the client can tell the end from a broken connection. */
  readonly isChunked: boolean;
  /** Called when data begins to wait for the client (true), and when the kernel has taken all (false). */
  readonly onWaiting: (isWaiting: boolean) => void;
  /** Called once, when the body is complete. */
  readonly onComplete: () => void;
}

/** Body of an answer, written piece by piece. After the end of the connection it does nothing. */
export class AnswerStream {
  readonly #options: AnswerStreamOptions;
  #isOpen = true;
  #isWaiting = false;
  #stopped: (() => void) | undefined;
  #drained: (() => void) | undefined;

  constructor(options: AnswerStreamOptions) {
    this.#options = options;
  }

  /** True until the body is complete or the connection has ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True when the kernel has taken all pieces, so that none waits in this process. */
  get isDrained(): boolean {
    return this.#options.socket.writableLength === 0;
  }

  /** Writes a piece. */
  write(piece: string | Uint8Array): void {
    const { socket, isChunked } = this.#options;
    if (!this.#isOpen || piece.length === 0) return;
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    const written = (): void => this.#written();
    socket.cork();
    if (isChunked) {
      socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
      socket.write(bytes);
      socket.write('\r\n', 'latin1', written);
    } else {
      socket.write(bytes, written);
    }
    socket.uncork();
    if (!this.isDrained) this.#setWaiting(true);
  }

  /** Completes the body. */
  end(): void {
    if (!this.#isOpen) return;
    if (this.#options.isChunked) this.#options.socket.write('0\r\n\r\n', 'latin1');
    this.abort();
    this.#options.onComplete();
  }

  /** Sets a callback for the end of the server; it may write a last piece. Without one the connection just ends. */
  onStop(stopped: () => void): void {
    this.#stopped = stopped;
  }

  /** Resolves when the kernel has taken all pieces, or the connection has ended. */
  async drained(): Promise<void> {
    if (!this.#isOpen || this.isDrained) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  /** Notifies the writer that the server closes. */
  stop(): void {
    this.#stopped?.();
    this.end();
  }

  /** Marks the stream as closed, because the connection ends. */
  abort(): void {
    this.#isOpen = false;
    this.#drained?.();
  }

  #written(): void {
    if (!this.#isOpen || !this.isDrained) return;
    this.#setWaiting(false);
    this.#drained?.();
    this.#drained = undefined;
  }

  #setWaiting(isWaiting: boolean): void {
    if (this.#isWaiting === isWaiting) return;
    this.#isWaiting = isWaiting;
    this.#options.onWaiting(isWaiting);
  }
}
