/** Connections of one client. */
export interface ClientCount {
  readonly key: string;
  readonly connections: number;
}

/** Counts of open connections, in all and by client, in constant time for each opened and ended one. */
export class ConnectionCounts<C> {
  readonly #byKey = new Map<string, Set<C>>();
  readonly #keys = new Map<C, string>();

  /** Number of connections. */
  get connections(): number {
    return this.#keys.size;
  }

  /** Number of clients with at least one connection. */
  get clients(): number {
    return this.#byKey.size;
  }

  /** Returns the number of a client's connections. */
  of(key: string): number {
    return this.#byKey.get(key)?.size ?? 0;
  }

  /** Returns a client's connections, oldest first. */
  ofClient(key: string): Iterable<C> {
    return this.#byKey.get(key) ?? [];
  }

  /** Returns whether a connection is counted. */
  has(connection: C): boolean {
    return this.#keys.has(connection);
  }

  /** Counts a connection; once, however often it is called. */
  add(connection: C, key: string): void {
    if (this.#keys.has(connection)) return;
    this.#keys.set(connection, key);
    const connections = this.#byKey.get(key);
    if (connections === undefined) this.#byKey.set(key, new Set([connection]));
    else connections.add(connection);
  }

  /** Counts a connection no longer. Returns whether it was counted. */
  delete(connection: C): boolean {
    const key = this.#keys.get(connection);
    if (key === undefined) return false;
    this.#keys.delete(connection);
    const connections = this.#byKey.get(key);
    connections?.delete(connection);
    if (connections?.size === 0) this.#byKey.delete(key);
    return true;
  }

  /** Yields all connections, oldest first. */
  all(): IterableIterator<C> {
    return this.#keys.keys();
  }

  /** Yields clients with their counts, in the order of their first connections. */
  *byClient(): Generator<ClientCount> {
    for (const [key, { size }] of this.#byKey) yield { key, connections: size };
  }
}
