import type { Socket } from 'node:net';
import { errorCode } from './error.js';
import type { Turns } from './turns.js';

/** Why a client is no longer served: see `tcpinfo_event_clients_dropped_total`; `closed` when the server ended it. */
export type ClientEnd = 'slow' | 'error' | 'gone' | 'closed';

/** Whole lines, as they are sent. */
export interface Chunk {
  readonly chunk: Uint8Array;
  readonly events: number;
}

/** What a client is first told of, and how. */
export interface Replay {
  readonly chunks: Iterable<Chunk>;
  readonly turns: Turns;
  /** Time that the client has to take one chunk, before it is dropped as slow. */
  readonly stallMs: number;
  /** Called with the number of events in each chunk that was written. */
  readonly onWritten: (events: number) => void;
}

/**
 * One client of the event server. What it has not taken waits in its socket's queue, up to a limit; past it the client
 * is dropped, so that it costs the others nothing. The bytes themselves are shared by all clients, but for the replay
 * with which a client may begin: that is made as the client takes it, and what happens meanwhile waits behind it.
 */
export class ServedClient {
  readonly #socket: Socket;
  readonly #queueLimitBytes: number;
  readonly #onEnd: (client: ServedClient, end: ClientEnd, eventsLost: number) => void;
  #eventsQueued = 0;
  #ended = false;
  /** What is left of the replay; undefined when there is none, or no more. */
  #replay: Iterator<Chunk> | undefined;
  /** Runs while a chunk of the replay waits for the client. */
  #stallTimer: NodeJS.Timeout | undefined;
  #held: Chunk[] = [];
  #heldBytes = 0;
  #finishing = false;

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

  /**
   * Sends the replay's chunks before everything else, each when the one before is taken and it is its turn. To be called
   * at once, if at all.
   */
  replay(replay: Replay): void {
    this.#replay = replay.chunks[Symbol.iterator]();
    replay.turns.next(() => this.#replayNext(replay));
  }

  /** Queues `chunk`, which holds whole lines of `events` events. */
  send(chunk: Uint8Array, events: number): void {
    if (this.#ended) {
      return;
    }
    this.#eventsQueued += events;
    if (this.#replay === undefined) {
      this.#write(chunk, events);
    } else {
      this.#held.push({ chunk, events });
      this.#heldBytes += chunk.length;
    }
    if (this.#socket.writableLength + this.#heldBytes > this.#queueLimitBytes) {
      this.end('slow');
    }
  }

  #write(chunk: Uint8Array, events: number): void {
    this.#socket.write(chunk, (error) => {
      // A chunk that fails is reported by 'error' and stays counted until then.
      if (error === undefined || error === null) {
        this.#eventsQueued -= events;
      }
    });
  }

  #replayNext(replay: Replay): void {
    if (this.#ended) {
      return;
    }
    const next = this.#replay?.next();
    if (next === undefined || next.done === true) {
      this.#endReplay();
      return;
    }
    const { chunk, events } = next.value;
    this.#stallTimer = setTimeout(() => this.end('slow'), replay.stallMs).unref();
    this.#socket.write(chunk, (error) => {
      clearTimeout(this.#stallTimer);
      if (error === undefined || error === null) {
        replay.onWritten(events);
        replay.turns.next(() => this.#replayNext(replay));
      }
    });
  }

  #endReplay(): void {
    const held = this.#held;
    this.#forgetReplay();
    for (const { chunk, events } of held) {
      this.#write(chunk, events);
    }
    if (this.#finishing) {
      this.#socket.end();
    }
  }

  #forgetReplay(): void {
    clearTimeout(this.#stallTimer);
    this.#replay = undefined;
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Ends the client when it has taken everything. Resolves when it is gone; never, if it does not read. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended) {
        return resolve();
      }
      this.#socket.once('close', () => resolve());
      this.#socket.once('finish', () => this.end('closed'));
      this.#finishing = true;
      if (this.#replay === undefined) {
        this.#socket.end();
      }
    });
  }

  /** Ends the client now. */
  end(end: ClientEnd): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    const eventsLost = this.#eventsQueued;
    this.#forgetReplay();
    this.#socket.destroy();
    this.#onEnd(this, end, eventsLost);
  }
}

/** What a write says when the other side has closed. */
const LEFT: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET']);
