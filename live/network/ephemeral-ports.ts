import type { Connection } from '../../cache/index.js';
import type { PortMask } from '../../host/index.js';
import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../../inetdiag/index.js';
import type { EphemeralFigures } from '../../metrics/index.js';
import { AF_INET, AF_INET6, fieldOf, formatAddress, v4Offset } from '../../netlink/index.js';

const PORTS = 65_536;

/** Connections from one local address to one remote address and port. Each uses a local port. */
export interface Destination {
  readonly key: string;
  connections: number;
}

/** Usage of the local ports for one destination. */
export interface DestinationPorts {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Ports in use. */
  readonly ports: number;
}

/**
 * Usage of the local ports from which the kernel chooses for outgoing connections. A port can be used once per
 * destination, so the busiest destination runs out first. Pure: the caller supplies the ports.
 */
export class EphemeralPorts {
  readonly #readMask: () => PortMask | undefined;
  #mask: PortMask | undefined;
  /** Number of connections by local port, for all ports. */
  readonly #byPort = new Uint32Array(PORTS);
  readonly #destinations = new Map<string, Destination>();

  /** @param readMask returns the current ports; the same object while they do not change */
  constructor(readMask: () => PortMask | undefined) {
    this.#readMask = readMask;
    this.#mask = readMask();
  }

  /** Adds a connection of the own network namespace. Returns its destination, to be passed to {@link closed}. */
  opened(connection: Connection): Destination | undefined {
    const { sport } = connection.id;
    this.#byPort[sport] = (this.#byPort[sport] ?? 0) + 1;
    return this.enter(connection);
  }

  /** Takes a closed connection's source port out of the count. */
  closed({ id: { sport } }: Connection, destination: Destination | undefined): void {
    this.#byPort[sport] = (this.#byPort[sport] ?? 0) - 1;
    if (destination === undefined) return;
    destination.connections--;
    if (destination.connections === 0) this.#destinations.delete(destination.key);
  }

  /**
   * Reads the ports again, because an administrator may change them at any time.
   * @returns true if they changed: then call {@link forget}, and {@link enter} for each living connection
   */
  refresh(): boolean {
    const mask = this.#readMask();
    if (mask === this.#mask) return false;
    this.#mask = mask;
    return true;
  }

  /** Forgets all destinations. */
  forget(): void {
    this.#destinations.clear();
  }

  /** Adds an open connection to its destination. Returns undefined when its port is not one the kernel chooses. */
  enter(connection: Connection): Destination | undefined {
    if (this.#mask?.[connection.id.sport] !== 1) return undefined;
    const key = destinationKey(connection);
    let destination = this.#destinations.get(key);
    if (destination === undefined) {
      destination = { key, connections: 0 };
      this.#destinations.set(key, destination);
    }
    destination.connections++;
    return destination;
  }

  /** Number of destinations. */
  get destinationCount(): number {
    return this.#destinations.size;
  }

  /** Returns the destinations with most ports, at most `limit` of them, most first. */
  busiest(limit: number): DestinationPorts[] {
    const found: Destination[] = [];
    for (const destination of this.#destinations.values()) {
      const least = found.length < limit ? 0 : (found.at(-1)?.connections ?? 0);
      if (destination.connections <= least) continue;
      // One that is larger than all but a few: they are few, and most destinations end at the line above.
      const at = found.findIndex(({ connections }) => connections < destination.connections);
      found.splice(at === -1 ? found.length : at, 0, destination);
      if (found.length > limit) found.pop();
    }
    return found.map(({ key, connections }) => ({ ...destinationOf(key), ports: connections }));
  }

  /** Returns the usage; undefined when the ports are not known. */
  figures(): EphemeralFigures | undefined {
    const mask = this.#mask;
    if (mask === undefined) return undefined;
    let ports = 0;
    let used = 0;
    for (let port = 0; port < PORTS; port++) {
      if (mask[port] !== 1) continue;
      ports++;
      if ((this.#byPort[port] ?? 0) > 0) used++;
    }
    let usedToBusiest = 0;
    for (const { connections } of this.#destinations.values()) usedToBusiest = Math.max(usedToBusiest, connections);
    return { ports, used, usedToBusiest };
  }
}

const DPORT = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'dport').offset;
const SRC = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'src').offset;
const DST = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'dst').offset;
const IPV4_BYTES = 4;

/** Returns the bytes of local address, remote address and remote port; an IPv4-mapped address counts as IPv4. */
function destinationKey({ family, id, last }: Connection): string {
  const { buffer, byteOffset, byteLength } = last.rawIdm ?? new Uint8Array();
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const v4 = v4Offset(id.dst, family);
  // Port and addresses are adjacent.
  if (v4 === undefined) return bytes.toString('latin1', DPORT, DST + id.dst.length);
  const part = (at: number, length: number): string => bytes.toString('latin1', at, at + length);
  return part(DPORT, SRC - DPORT) + part(SRC + v4, IPV4_BYTES) + part(DST + v4, IPV4_BYTES);
}

/** Returns the ends of a destination from its key. */
function destinationOf(key: string): Omit<DestinationPorts, 'ports'> {
  const bytes = Buffer.from(key, 'latin1');
  const isV4 = bytes.length === SRC - DPORT + 2 * IPV4_BYTES;
  const [family, length] = isV4 ? [AF_INET, IPV4_BYTES] : [AF_INET6, DST - SRC];
  const [local, remote] = [SRC - DPORT, SRC - DPORT + length];
  return {
    localAddress: formatAddress(bytes.subarray(local, remote), family),
    remoteAddress: formatAddress(bytes.subarray(remote, remote + length), family),
    remotePort: bytes.readUInt16BE(0),
  };
}
