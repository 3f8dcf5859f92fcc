import type { Metadata } from '../parse/index.js';
import type { RecordView } from '../snapshot/index.js';
import { TcpState } from '../tcp/index.js';
import { ConnectionBuilder } from './connection-builder.js';
import type { ConnectionIdentity, ConnectionRow } from './connection-row.js';
import type { Derived } from './derived.js';
import { Deriver } from './deriver.js';
import { identify } from './identify.js';
import { newObservation } from './observation.js';
import { observe } from './observe.js';

/** Connections whose next file may be still to come, at most: 30 KB each. */
const MAX_WAITING = 1024;

/**
 * Goes through archives and makes a row of each connection. A connection's files come in order of their sequence, but not
 * necessarily one after the other: in an uploader's tar they stand between those of others. So a connection without a
 * record of its end waits for its next file, until 1,024 others wait since; intervals go on from one file to the next.
 */
export class Connections {
  readonly #observation = newObservation();
  readonly #onConnection: (row: ConnectionRow) => void;
  readonly #maxWaiting: number;
  /** By UUID, the one that has waited the longest first. */
  readonly #waiting = new Map<string, Gathering>();
  /** One that is over, to be used again. */
  #spare: Gathering | undefined;
  #current = new Gathering();

  /**
   * @param onConnection told of each connection, when it is over or nobody waits for it any more
   * @param maxWaiting how many may wait; 1,024 if not given
   */
  constructor(onConnection: (row: ConnectionRow) => void, maxWaiting: number = MAX_WAITING) {
    this.#onConnection = onConnection;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Begins an archive, with the metadata of its first line. It goes on with a connection that has its UUID and an earlier
   * sequence; without metadata it is a connection of its own. Two connections at most are told of.
   */
  begin(metadata: Metadata | undefined): void {
    if (metadata === undefined || metadata.uuid !== this.#current.metadata?.uuid) {
      this.#leave();
      this.#current = this.#return(metadata?.uuid);
    }
    const { metadata: last } = this.#current;
    if (last !== undefined && metadata !== undefined && metadata.sequence <= last.sequence) this.#finish(this.#current);
    this.#current.metadata = metadata;
  }

  /** Adds the next snapshot of the archive. What it returns is overwritten by the next call. */
  add(view: RecordView): Derived {
    return this.#current.add(view, observe(view, this.#observation));
  }

  /** Ends one of the connections that are left; false when there is none. */
  endNext(): boolean {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return this.#finish(this.#current);
    this.#waiting.delete(oldest[0]);
    this.#finish(oldest[1]);
    return true;
  }

  /** Ends all that are left. */
  end(): void {
    while (this.endNext());
  }

  /** Leaves the current connection, whose next file may come later. */
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

  /** The connection that waits for this UUID's file, or an empty one. */
  #return(uuid: string | undefined): Gathering {
    const found = uuid === undefined ? undefined : this.#waiting.get(uuid);
    if (uuid !== undefined) this.#waiting.delete(uuid);
    if (found !== undefined) return found;
    const spare = this.#spare ?? new Gathering();
    this.#spare = undefined;
    return spare;
  }

  /** Tells of a connection, if there is one, and empties it. */
  #finish(gathering: Gathering): boolean {
    const { row } = gathering;
    gathering.reset();
    this.#spare = gathering === this.#current ? this.#spare : gathering;
    if (row !== undefined) this.#onConnection(row);
    return row !== undefined;
  }
}

/** One connection as far as it has been read. */
class Gathering {
  /** Metadata of the file that was begun last. */
  metadata: Metadata | undefined;
  readonly #deriver = new Deriver();
  readonly #builder = new ConnectionBuilder();
  #identity: ConnectionIdentity | undefined;
  #lastState = 0;

  get isEmpty(): boolean {
    return this.#identity === undefined;
  }

  /** True once its end is recorded. */
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
