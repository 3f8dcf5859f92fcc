import type { Metadata } from '../parse/index.js';
import type { RecordView } from '../snapshot/index.js';
import { ConnectionBuilder } from './connection-builder.js';
import type { ConnectionIdentity, ConnectionRow } from './connection-row.js';
import type { Derived } from './derived.js';
import { Deriver } from './deriver.js';
import { identify } from './identify.js';
import { newObservation } from './observation.js';
import { observe } from './observe.js';

/**
 * Goes through archives, connection by connection, and makes a row of each. The files of one connection have to follow
 * each other, in order of their sequence; then intervals go on from one to the next. One connection is in memory at a
 * time, whatever its length.
 */
export class Connections {
  readonly #observation = newObservation();
  readonly #deriver = new Deriver();
  readonly #builder = new ConnectionBuilder();
  readonly #onConnection: (row: ConnectionRow) => void;
  #metadata: Metadata | undefined;
  #identity: ConnectionIdentity | undefined;

  /** @param onConnection told of each connection when its last snapshot was added */
  constructor(onConnection: (row: ConnectionRow) => void) {
    this.#onConnection = onConnection;
  }

  /**
   * Begins an archive, with the metadata of its first line. It belongs to the connection before when it has its UUID and
   * a later sequence; without metadata it is a connection of its own.
   */
  begin(metadata: Metadata | undefined): void {
    const last = this.#metadata;
    const goesOn =
      metadata !== undefined && last !== undefined && last.uuid === metadata.uuid && metadata.sequence > last.sequence;
    if (!goesOn) this.end();
    this.#metadata = metadata;
  }

  /** Adds the next snapshot of the archive. What it returns is overwritten by the next call. */
  add(view: RecordView): Derived {
    const observation = observe(view, this.#observation);
    this.#identity ??= identify(this.#metadata, view);
    const derived = this.#deriver.next(observation);
    this.#builder.add(observation, derived);
    return derived;
  }

  /** Ends the last connection. */
  end(): void {
    if (this.#identity !== undefined) this.#onConnection(this.#builder.finish(this.#identity));
    this.#identity = undefined;
    this.#metadata = undefined;
    this.#deriver.reset();
    this.#builder.reset();
  }
}
