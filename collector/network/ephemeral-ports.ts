import type { Connection } from '../../cache/index.js';
import type { PortMask } from '../../host/index.js';
import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../../inetdiag/index.js';
import type { EphemeralFigures } from '../../metrics/index.js';
import { fieldOf, v4Offset } from '../../netlink/index.js';

const PORTS = 65_536;

/** Connections from one local address to one remote address and port that use up local ports. */
export interface Destination {
  readonly key: string;
  connections: number;
}

/**
 * How far the local ports are used up that the kernel chooses from for outgoing connections. A port can be used once for
 * each destination, so the busiest one runs out of them first. Pure: who knows the ports is asked.
 */
export class EphemeralPorts {
  readonly #readMask: () => PortMask | undefined;
  #mask: PortMask | undefined;
  /** Connections by their local port, whatever it is. */
  readonly #byPort = new Uint32Array(PORTS);
  readonly #destinations = new Map<string, Destination>();

  /** @param readMask tells the ports that the kernel chooses from now; the same object when they are the same */
  constructor(readMask: () => PortMask | undefined) {
    this.#readMask = readMask;
    this.#mask = readMask();
  }

  /** A connection of the own network namespace. Returns where it uses up a port, which is to be given back. */
  opened(connection: Connection): Destination | undefined {
    const { sport } = connection.id;
    this.#byPort[sport] = (this.#byPort[sport] ?? 0) + 1;
    return this.enter(connection);
  }

  /** Its end. */
  closed({ id: { sport } }: Connection, destination: Destination | undefined): void {
    this.#byPort[sport] = (this.#byPort[sport] ?? 0) - 1;
    if (destination === undefined) return;
    destination.connections--;
    if (destination.connections === 0) this.#destinations.delete(destination.key);
  }

  /**
   * Looks which ports the kernel chooses from, since somebody may change that at any time.
   * @returns whether it is different: then {@link enter} is to be called for each living connection, after {@link forget}
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

  /** Where a connection that was opened uses up a port now; undefined when it uses none of those. */
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

  /** What is used; undefined when nobody knows which ports the kernel chooses from. */
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

/** Local address, remote address and remote port, as they stand there; an IPv4-mapped address as the IPv4 one that it is. */
function destinationKey({ family, id, last }: Connection): string {
  const { buffer, byteOffset, byteLength } = last.rawIdm ?? new Uint8Array();
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const v4 = v4Offset(id.dst, family);
  // Port and addresses lie one behind the other.
  if (v4 === undefined) return bytes.toString('latin1', DPORT, DST + id.dst.length);
  const part = (at: number, length: number): string => bytes.toString('latin1', at, at + length);
  return part(DPORT, SRC - DPORT) + part(SRC + v4, IPV4_BYTES) + part(DST + v4, IPV4_BYTES);
}
