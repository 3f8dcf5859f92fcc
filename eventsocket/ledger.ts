import type { Connection } from '../cache/index.js';
import { type Opening, openingOf } from './connection-event.js';

interface Entry {
  readonly opening: Opening;
  /** Number of the event that opened it; 0 when the ledger began with it. */
  readonly openedBy: number;
  /** Number of the event that closed it. */
  closedBy: number | undefined;
}

/** The connections that were open at one event. */
export interface Replayed extends Iterable<Opening> {
  /** To be called when they are not read any further. */
  end(): void;
}

/**
 * Connections that are open, once in memory for all clients that replay them, each as of the event at which it came. One
 * that closes is kept until the replays that began before are over.
 */
export class Ledger {
  /** In the order in which they opened. */
  readonly #entries = new Set<Entry>();
  readonly #open = new Map<Connection, Entry>();
  /** In the order in which they closed. */
  #closed: Entry[] = [];
  /** The events at which replays began, in order. */
  readonly #replays = new Set<{ readonly at: number }>();

  /** @param live the connections that are open now */
  constructor(live: Iterable<Connection>) {
    for (const connection of live) this.opened(connection, 0);
  }

  /** Whether any replay is under way. */
  get isUsed(): boolean {
    return this.#replays.size > 0;
  }

  opened(connection: Connection, sequence: number): void {
    const entry: Entry = { opening: openingOf(connection), openedBy: sequence, closedBy: undefined };
    this.#entries.add(entry);
    this.#open.set(connection, entry);
  }

  closed(connection: Connection, sequence: number): void {
    const entry = this.#open.get(connection);
    if (entry === undefined) return;
    this.#open.delete(connection);
    entry.closedBy = sequence;
    this.#closed.push(entry);
  }

  /** What is open behind event number `at`, the last one that there was. */
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

  /** Entries may be added and removed meanwhile: a set's iterator bears that. */
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
