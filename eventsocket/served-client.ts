import type { Socket } from 'node:net';
import { errorCode } from './error.js';
import type { Chunk, EventLog, LogReader } from './event-log.js';
import type { Turns } from './turns.js';

/** Why a client is no longer served: see `tcpinfo_event_clients_dropped_total`; `closed` when the server ended it. */
export type ClientEnd = 'slow' | 'error' | 'gone' | 'closed';

/** Events with which a client begins. */
export interface Replay {
  readonly chunks: Iterable<Chunk>;
  readonly turns: Turns;
  /** Time that the client has to take one chunk, before it is dropped as slow. */
  readonly stallMs: number;
  /** Called with the number of events in each chunk that was written. */
  readonly onWritten: (events: number) => void;
  /** Called once, when no more chunks are asked for. */
  readonly onEnd: () => void;
}

/** Options of {@link ServedClient}. */
export interface ServedClientOptions {
  readonly socket: Socket;
  /** The events of all clients; this one gets those that are appended from now on. */
  readonly log: EventLog;
  /** Bytes of the log that the client may be behind. */
  readonly queueLimitBytes: number;
  /** Called once, whatever ends the client; `eventsLost` were for it and did not go out. */
  readonly onEnd: (client: ServedClient, end: ClientEnd, eventsLost: number) => void;
}

/**
 * One client of the event server. One piece of the log at a time is given to its socket, so that a client that does not
 * read costs nothing but the log's length, which it shares with all others; it is dropped when it is too far behind. A
 * replay, with which a client may begin, is made as the client takes it.
 */
export class ServedClient {
  readonly #socket: Socket;
  readonly #reader: LogReader;
  readonly #queueLimitBytes: number;
  readonly #onEnd: ServedClientOptions['onEnd'];
  #ended = false;
  #isWriting = false;
  /** Undefined when there is none, or it is over. */
  #replay: Replay | undefined;
  /** Runs while a chunk of the replay waits for the client. */
  #stallTimer: NodeJS.Timeout | undefined;
  #finishing = false;

  constructor({ socket, log, queueLimitBytes, onEnd }: ServedClientOptions) {
    this.#socket = socket;
    this.#reader = log.reader();
    this.#queueLimitBytes = queueLimitBytes;
    this.#onEnd = onEnd;
    // Clients have nothing to say. Reading on is how their leaving is noticed: one that shuts down its sending side
    // looks the same, and counts as gone too.
    socket.resume();
    socket.once('end', () => this.end('gone'));
    socket.on('error', (error) => this.end(LEFT.has(errorCode(error) ?? '') ? 'gone' : 'error'));
    socket.once('close', () => this.end('gone'));
  }

  /** Bytes of the log that the client has not taken. */
  get waitingBytes(): number {
    return this.#reader.waitingBytes;
  }

  /**
   * Sends the replay's chunks before everything else, each when the one before is taken and it is its turn. To be called
   * at once, if at all.
   */
  replay(replay: Replay): void {
    this.#replay = replay;
    const chunks = replay.chunks[Symbol.iterator]();
    replay.turns.next(() => this.#replayNext(replay, chunks));
  }

  /** Goes on with the log, to which something was appended. */
  wake(): void {
    if (this.#ended) return;
    if (this.#reader.waitingBytes > this.#queueLimitBytes) this.end('slow');
    else if (!this.#isWriting && this.#replay === undefined) this.#writeNext();
  }

  #writeNext(): void {
    const next = this.#reader.next();
    if (next === undefined) {
      if (this.#finishing) this.#socket.end();
      return;
    }
    this.#isWriting = true;
    this.#socket.write(next.chunk, (error) => {
      this.#isWriting = false;
      // A chunk that fails is reported by 'error' and stays counted until then.
      if (this.#ended || (error !== undefined && error !== null)) return;
      this.#reader.taken();
      this.#writeNext();
    });
  }

  #replayNext(replay: Replay, chunks: Iterator<Chunk>): void {
    if (this.#ended) return;
    const next = chunks.next();
    if (next.done === true) {
      this.#endReplay();
      this.#writeNext();
      return;
    }
    const { chunk, events } = next.value;
    this.#stallTimer = setTimeout(() => this.end('slow'), replay.stallMs).unref();
    this.#socket.write(chunk, (error) => {
      clearTimeout(this.#stallTimer);
      if (error === undefined || error === null) {
        replay.onWritten(events);
        replay.turns.next(() => this.#replayNext(replay, chunks));
      }
    });
  }

  #endReplay(): void {
    clearTimeout(this.#stallTimer);
    const replay = this.#replay;
    this.#replay = undefined;
    replay?.onEnd();
  }

  /** Ends the client when it has taken everything. Resolves when it is gone; never, if it does not read. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended) {
        resolve();
        return;
      }
      this.#socket.once('close', () => resolve());
      this.#socket.once('finish', () => this.end('closed'));
      this.#finishing = true;
      this.wake();
    });
  }

  /** Ends the client now. */
  end(end: ClientEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#endReplay();
    this.#socket.destroy();
    this.#onEnd(this, end, this.#reader.waitingEvents);
  }
}

/** What a write says when the other side has closed. */
const LEFT: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET']);
