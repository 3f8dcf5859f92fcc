import type { Socket } from 'node:net';
import { errorCode } from '../../files/index.js';
import type { Chunk, EventLog, LogReader } from './event-log.js';
import type { Turns } from './turns.js';

/** Reason for the end of a client: see `tcpinfo_event_clients_dropped_total`; `closed` when the server ends it. */
export type ClientEnd = 'slow' | 'error' | 'gone' | 'closed';

/** Replay: events that a client gets before new ones. */
export interface Replay {
  readonly chunks: Iterable<Chunk>;
  readonly turns: Turns;
  /** Time that the client has to read one chunk before it is dropped as slow. */
  readonly stallMs: number;
  /** Called after each written chunk, with its number of events. */
  readonly onWritten: (events: number) => void;
  /** Called once, when no further chunk is needed. */
  readonly onEnd: () => void;
}

/** Options of {@link ServedClient}. */
export interface ServedClientOptions {
  readonly socket: Socket;
  /** Events for all clients. This client gets those that are appended from now on. */
  readonly log: EventLog;
  /** Bytes by which the client may be behind the log. */
  readonly queueLimitBytes: number;
  /** Called once when the client ends for any reason; `eventsLost` events were queued for it but not sent. */
  readonly onEnd: (client: ServedClient, end: ClientEnd, eventsLost: number) => void;
}

/**
 * One client of the event server. Writes one chunk of the log at a time to its socket, so that a client that does not
 * read costs no memory but the log, which all clients share; it is dropped when it is too far behind. The chunks of a
 * replay are created as the client reads them.
 */
export class ServedClient {
  readonly #socket: Socket;
  readonly #reader: LogReader;
  readonly #queueLimitBytes: number;
  readonly #onEnd: ServedClientOptions['onEnd'];
  #ended = false;
  #isWriting = false;
  /** Current replay; undefined without one, or after its end. */
  #replay: Replay | undefined;
  /** Timer that runs while a chunk of the replay waits for the client. */
  #stallTimer: NodeJS.Timeout | undefined;
  #finishing = false;

  constructor({ socket, log, queueLimitBytes, onEnd }: ServedClientOptions) {
    this.#socket = socket;
    this.#reader = log.reader();
    this.#queueLimitBytes = queueLimitBytes;
    this.#onEnd = onEnd;
    // Clients send nothing. Reading detects that a client disconnects; one that only shuts down its sending side looks
    // the same and also counts as gone.
    socket.resume();
    socket.once('end', () => this.end('gone'));
    socket.on('error', (error) => this.end(LEFT.has(errorCode(error) ?? '') ? 'gone' : 'error'));
    socket.once('close', () => this.end('gone'));
  }

  /** Bytes of the log that the client has not received. */
  get waitingBytes(): number {
    return this.#reader.waitingBytes;
  }

  /**
   * Sends the chunks of a replay before everything else, each when the previous one is received and it is this client's
   * turn. Must be called directly after construction, if at all.
   */
  replay(replay: Replay): void {
    this.#replay = replay;
    const chunks = replay.chunks[Symbol.iterator]();
    replay.turns.next(() => this.#replayNext(replay, chunks));
  }

  /** Continues sending after lines were appended to the log. */
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
      // The 'error' handler reports a failed chunk. Its events count as not received.
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

  /** Ends the client when it has received everything. Resolves when it is gone; never, if it does not read. */
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

/** Error codes of a write after the client has closed its socket. */
const LEFT: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET']);
