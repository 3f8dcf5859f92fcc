import type { Socket } from 'node:net';
import { errorCode } from './error.js';

/** Why a client is no longer served: see `tcpinfo_event_clients_dropped_total`; `closed` when the server ended it. */
export type ClientEnd = 'slow' | 'error' | 'gone' | 'closed';

/**
 * One client of the event server. What it has not taken waits in its socket's queue, up to a limit; past it the client
 * is dropped, so that it costs the others nothing. The bytes themselves are shared by all clients.
 */
export class ServedClient {
  readonly #socket: Socket;
  readonly #queueLimitBytes: number;
  readonly #onEnd: (client: ServedClient, end: ClientEnd, eventsLost: number) => void;
  #eventsQueued = 0;
  #ended = false;

  /** `onEnd` is called once, whatever ends the client; `eventsLost` were queued and did not go out. */
  constructor(
    socket: Socket,
    queueLimitBytes: number,
    onEnd: (client: ServedClient, end: ClientEnd, eventsLost: number) => void,
  ) {
    this.#socket = socket;
    this.#queueLimitBytes = queueLimitBytes;
    this.#onEnd = onEnd;
    // Clients have nothing to say. Reading on is how their leaving is noticed: one that shuts down its sending side
    // looks the same, and counts as gone too.
    socket.resume();
    socket.once('end', () => this.end('gone'));
    socket.on('error', (error) => this.end(LEFT.has(errorCode(error) ?? '') ? 'gone' : 'error'));
    socket.once('close', () => this.end('gone'));
  }

  /** Queues `chunk`, which holds whole lines of `events` events. */
  send(chunk: Uint8Array, events: number): void {
    if (this.#ended) {
      return;
    }
    this.#eventsQueued += events;
    this.#socket.write(chunk, (error) => {
      // A chunk that fails is reported by 'error' and stays counted until then.
      if (error === undefined || error === null) {
        this.#eventsQueued -= events;
      }
    });
    if (this.#socket.writableLength > this.#queueLimitBytes) {
      this.end('slow');
    }
  }

  /** Ends the client when its queue is empty. Resolves when it is gone; never, if it does not read. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended) {
        return resolve();
      }
      this.#socket.once('close', () => resolve());
      this.#socket.once('finish', () => this.end('closed'));
      this.#socket.end();
    });
  }

  /** Ends the client now. */
  end(end: ClientEnd): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    const eventsLost = this.#eventsQueued;
    this.#socket.destroy();
    this.#onEnd(this, end, eventsLost);
  }
}

/** What a write says when the other side has closed. */
const LEFT: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET']);
