import type { Connection } from '../../cache/index.js';
import { type Opening, openingOf } from './connection-event.js';
import type { EventFlows } from './event-flows.js';

interface Entry {
  readonly opening: Opening;
  /** Number of the open event; 0 if the connection was open when the ledger was created. */
  readonly openedBy: number;
  /** Number of the close event; undefined while the connection is open. */
  closedBy: number | undefined;
}

/** Connections that were open right after one event. */
export interface Replayed extends Iterable<Opening> {
  /** Ends the replay. Must be called when the connections are no longer read. */
  end(): void;
}

/**
 * Open connections, kept in memory only once for all running replays. Each replay sees the connections that were open
 * when it started. A connection that closes is kept until the replays that started earlier are finished.
 */
export class Ledger {
  /** Entries in the order in which their connections opened. */
  readonly #entries = new Set<Entry>();
  readonly #open = new Map<Connection, Entry>();
  /** Entries of closed connections, in the order in which they closed. */
  #closed: Entry[] = [];
  /** Running replays by the event after which they started, in order. */
  readonly #replays = new Set<{ readonly at: number }>();

  readonly #flows: EventFlows | undefined;

  /**
   * @param live connections that are open now
   * @param flows translations of connections; absent if they are not looked up
   */
  constructor(live: Iterable<Connection>, flows?: EventFlows) {
    this.#flows = flows;
    for (const connection of live) this.opened(connection, 0);
  }

  /** True while any replay is running. */
  get isUsed(): boolean {
    return this.#replays.size > 0;
  }

  opened(connection: Connection, sequence: number): void {
    const entry: Entry = { opening: this.#openingOf(connection), openedBy: sequence, closedBy: undefined };
    this.#entries.add(entry);
    this.#open.set(connection, entry);
  }

  #openingOf(connection: Connection): Opening {
    return openingOf(connection, this.#flows?.natReader(connection));
  }

  closed(connection: Connection, sequence: number): void {
    const entry = this.#open.get(connection);
    if (entry === undefined) return;
    this.#open.delete(connection);
    entry.closedBy = sequence;
    this.#closed.push(entry);
  }

  /** Starts a replay of the connections that are open after event number `at`, the last one so far. */
  replay(at: number): Replayed {
    const replay = { at };
    this.#replays.add(replay);
    return {
      [Symbol.iterator]: () => this.#openAt(at),
      end: () => {
        this.#replays.delete(replay);
        this.#forget();
      },
    };
  }

  /** Yields the openings after event `at`. Entries may be added and removed meanwhile: a set's iterator allows that. */
  *#openAt(at: number): Generator<Opening, void, undefined> {
    for (const { opening, openedBy, closedBy } of this.#entries) {
      if (openedBy > at) return;
      if (closedBy === undefined || closedBy > at) yield opening;
    }
  }

  #forget(): void {
    const [oldest] = this.#replays;
    const needed = this.#closed.findIndex(({ closedBy = 0 }) => closedBy > (oldest?.at ?? Number.POSITIVE_INFINITY));
    const done = needed === -1 ? this.#closed : this.#closed.slice(0, needed);
    for (const entry of done) this.#entries.delete(entry);
    this.#closed = needed === -1 ? [] : this.#closed.slice(needed);
  }
}
