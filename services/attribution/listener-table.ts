import { comparableAddress, type InetDiagSockId } from '../../inetdiag/index.js';
import { AF_INET, AF_INET6, formatAddress, v4Offset } from '../../netlink/index.js';

/** Local end of a socket, as its message has it. */
export interface LocalEnd {
  /** Network namespace, by a number that the caller chose: 0 for its own. */
  readonly namespace: number;
  /** `idiag_family`. */
  readonly family: number;
  readonly id: Pick<InetDiagSockId, 'src' | 'sport' | 'interface'>;
}

/** Listening socket. */
export interface Listener extends LocalEnd {
  readonly id: InetDiagSockId;
  /** INET_DIAG_SKV6ONLY: an IPv6 socket that accepts no IPv4; undefined if unknown, which is taken for false. */
  readonly isV6only?: boolean | undefined;
  /** Connections that wait to be accepted: `idiag_rqueue`. */
  readonly queued: number;
  /** Limit of {@link queued}: `idiag_wqueue`. */
  readonly backlog: number;
}

/** Listener with the address to compare by. */
interface Entry<L> {
  readonly listener: L;
  readonly address: Uint8Array;
  /** True for the address of all addresses. */
  readonly isAny: boolean;
}

/** Listeners by namespace and port, and the one that a connection came to. */
export class ListenerTable<L extends Listener = Listener> {
  readonly #byPort = new Map<string, Entry<L>[]>();
  readonly #keys = new Map<string, string>();

  /** Number of listeners. */
  get size(): number {
    return this.#keys.size;
  }

  /** Adds a listener, or replaces the one with its cookie. */
  set(listener: L): void {
    this.delete(listener.namespace, listener.id.cookie);
    const { namespace, family, id } = listener;
    const address = comparableAddress(id.src, family);
    const key = portKey(namespace, id.sport);
    const entry: Entry<L> = { listener, address: address.slice(), isAny: isWildcard(address) };
    const entries = this.#byPort.get(key);
    if (entries === undefined) this.#byPort.set(key, [entry]);
    else entries.push(entry);
    this.#keys.set(cookieKey(namespace, id.cookie), key);
  }

  /** Removes a listener. Returns false if there is no such listener. */
  delete(namespace: number, cookie: bigint): boolean {
    const cookieOf = cookieKey(namespace, cookie);
    const key = this.#keys.get(cookieOf);
    if (key === undefined) return false;
    this.#keys.delete(cookieOf);
    const left = (this.#byPort.get(key) ?? []).filter(({ listener }) => listener.id.cookie !== cookie);
    if (left.length === 0) this.#byPort.delete(key);
    else this.#byPort.set(key, left);
    return true;
  }

  /** Yields all listeners. */
  *all(): Generator<L> {
    for (const entries of this.#byPort.values()) for (const { listener } of entries) yield listener;
  }

  /**
   * Returns the listener that a socket with this local end came to, as the kernel chooses (`inet_lhash2_lookup`): the
   * same address before all addresses, a bound device before none, and the own family before an IPv6 listener that
   * accepts IPv4, too. Of several with SO_REUSEPORT the oldest entry: they are one service.
   */
  find({ namespace, family, id }: LocalEnd): L | undefined {
    const entries = this.#byPort.get(portKey(namespace, id.sport));
    if (entries === undefined) return undefined;
    const address = comparableAddress(id.src, family);
    const isIpv4 = v4Offset(address, AF_INET6) !== undefined;
    let best: L | undefined;
    let bestScore = 0;
    for (const entry of entries) {
      const score = scoreOf(entry, address, isIpv4, id.interface);
      if (score > bestScore) {
        best = entry.listener;
        bestScore = score;
      }
    }
    return best;
  }
}

const SAME_ADDRESS = 8;
const SAME_DEVICE = 4;
const SAME_FAMILY = 2;
const MATCHES = 1;

/** Returns how specific a listener is for a local address; 0 if it does not accept connections to it. */
function scoreOf(
  { listener, address, isAny }: Entry<Listener>,
  local: Uint8Array,
  isIpv4: boolean,
  device: number,
): number {
  const bound = listener.id.interface;
  if (bound !== 0 && bound !== device) return 0;
  const onDevice = bound === 0 ? 0 : SAME_DEVICE;
  if (!isAny) return address.every((byte, i) => byte === local[i]) ? SAME_ADDRESS + onDevice + MATCHES : 0;
  // 0.0.0.0, or ::ffff:0.0.0.0, accepts IPv4 only.
  const listensOnIpv4 = v4Offset(address, AF_INET6) !== undefined;
  if (listensOnIpv4 === isIpv4) return onDevice + SAME_FAMILY + MATCHES;
  return isIpv4 && listener.isV6only !== true ? onDevice + MATCHES : 0;
}

/**
 * Returns the id of the service of a listener, `10.0.0.1:5432` or `*:22`: listeners of all addresses of a port are one
 * service, whatever their families.
 */
export function listenerSid({ family, id }: Pick<Listener, 'family' | 'id'>): string {
  if (isWildcard(comparableAddress(id.src, family))) return `*:${id.sport}`;
  return listenText({ family, id });
}

/** Formats a listener's address and port: `0.0.0.0:22`, `[::]:22`. */
export function listenText({ family, id }: Pick<Listener, 'family' | 'id'>): string {
  const text = formatAddress(id.src, family);
  return family === AF_INET || !text.includes(':') ? `${text}:${id.sport}` : `[${text}]:${id.sport}`;
}

/** Returns whether an address, as 16 bytes, is `::` or `0.0.0.0`. */
function isWildcard(address: Uint8Array): boolean {
  const start = v4Offset(address, AF_INET6) ?? 0;
  for (let i = start; i < 16; i++) if (address[i] !== 0) return false;
  return true;
}

function portKey(namespace: number, port: number): string {
  return `${namespace} ${port}`;
}

function cookieKey(namespace: number, cookie: bigint): string {
  return `${namespace} ${cookie}`;
}
