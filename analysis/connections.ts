import type { Metadata } from '../parse/index.js';
import type { RecordView } from '../parse/snapshot/index.js';
import { TcpState } from '../tcp/index.js';
import { ConnectionBuilder } from './connection-builder.js';
import type { ConnectionIdentity, ConnectionRow } from './connection-row.js';
import type { Derived } from './derived.js';
import { Deriver } from './deriver.js';
import { identify, identifyFurther } from './identify.js';
import { newObservation } from './observation.js';
import { observe } from './observe.js';

/** Maximum number of connections waiting for their next file: 30 KB each. */
const MAX_WAITING = 1024;

/**
 * Builder of one row per connection from a sequence of archives. The files of a connection come in order of their
 * sequence, but not always one after the other: in an uploader's tar, files of other connections stand between them. So
 * a connection without a record of its end waits for its next file until 1,024 later ones wait. Intervals continue from
 * one file to the next.
 */
export class Connections {
  readonly #observation = newObservation();
  readonly #onConnection: (row: ConnectionRow) => void;
  readonly #maxWaiting: number;
  /** Waiting connections by UUID, the longest waiting first. */
  readonly #waiting = new Map<string, Gathering>();
  /** Gathering to be reused for another connection. */
  #spare: Gathering | undefined;
  #current = new Gathering();

  /**
   * @param onConnection called with the row of each connection when it has ended or no longer waits
   * @param maxWaiting maximum number of waiting connections; default 1,024
   */
  constructor(onConnection: (row: ConnectionRow) => void, maxWaiting: number = MAX_WAITING) {
    this.#onConnection = onConnection;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Begins an archive with the metadata of its first line. The archive continues a connection with the same UUID and an
   * earlier sequence; without metadata it is a separate connection. Finishes at most two connections.
   */
  begin(metadata: Metadata | undefined): void {
    if (metadata === undefined || metadata.uuid !== this.#current.metadata?.uuid) {
      this.#leave();
      this.#current = this.#return(metadata?.uuid);
    }
    const { metadata: last } = this.#current;
    if (last !== undefined && metadata !== undefined && metadata.sequence <= last.sequence) this.#finish(this.#current);
    this.#current.begin(metadata);
  }

  /** Adds the next snapshot of the archive. The next call overwrites the returned object. */
  add(view: RecordView): Derived {
    return this.#current.add(view, observe(view, this.#observation));
  }

  /** Ends one of the remaining connections. Returns false if none is left. */
  endNext(): boolean {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return this.#finish(this.#current);
    this.#waiting.delete(oldest[0]);
    this.#finish(oldest[1]);
    return true;
  }

  /** Ends all remaining connections. */
  end(): void {
    while (this.endNext());
  }

  /** Leaves the current connection, which then waits for its next file. */
  #leave(): void {
    const { metadata, isEmpty, isOver } = this.#current;
    if (isEmpty || isOver || metadata === undefined) {
      this.#finish(this.#current);
      this.#spare = this.#current;
      return;
    }
    this.#waiting.set(metadata.uuid, this.#current);
    if (this.#waiting.size > this.#maxWaiting) this.endNext();
  }

  /** Returns the connection that waits for a file of this UUID, or an empty one. */
  #return(uuid: string | undefined): Gathering {
    const found = uuid === undefined ? undefined : this.#waiting.get(uuid);
    if (uuid !== undefined) this.#waiting.delete(uuid);
    if (found !== undefined) return found;
    const spare = this.#spare ?? new Gathering();
    this.#spare = undefined;
    return spare;
  }

  /** Passes a connection to the callback, if it has records, and empties it. */
  #finish(gathering: Gathering): boolean {
    const { row } = gathering;
    gathering.reset();
    this.#spare = gathering === this.#current ? this.#spare : gathering;
    if (row !== undefined) this.#onConnection(row);
    return row !== undefined;
  }
}

/** Connection as far as it has been read. */
class Gathering {
  /** Metadata of the latest file. */
  metadata: Metadata | undefined;
  readonly #deriver = new Deriver();
  readonly #builder = new ConnectionBuilder();
  #identity: ConnectionIdentity | undefined;
  #lastState = 0;

  /** Begins an archive. */
  begin(metadata: Metadata | undefined): void {
    this.metadata = metadata;
    if (this.#identity !== undefined && metadata !== undefined)
      this.#identity = identifyFurther(this.#identity, metadata);
  }

  get isEmpty(): boolean {
    return this.#identity === undefined;
  }

  /** True once the connection's end is recorded. */
  get isOver(): boolean {
    return this.#lastState === TcpState.CLOSE;
  }

  get row(): ConnectionRow | undefined {
    return this.#identity === undefined ? undefined : this.#builder.finish(this.#identity);
  }

  add(view: RecordView, observation: ReturnType<typeof newObservation>): Derived {
    this.#identity ??= identify(this.metadata, view);
    this.#lastState = observation.state;
    const derived = this.#deriver.next(observation);
    this.#builder.add(observation, derived);
    return derived;
  }

  reset(): void {
    this.metadata = undefined;
    this.#identity = undefined;
    this.#lastState = 0;
    this.#deriver.reset();
    this.#builder.reset();
  }
}
