import {
  buildGetAddrRequest,
  decodeInterfaceAddress,
  formatAddress,
  NETLINK_ROUTE,
  RTM_NEWADDR,
} from '../../inetdiag/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { NetlinkAddon } from '../../native/index.js';
import type { Netns } from '../../parse/index.js';
import { type AnonymizeMethod, ownAddresses } from '../../saver/index.js';

/**
 * Tells the addresses of this machine from others, in each network namespace by itself. One whose addresses cannot be
 * read has none of its own: too much is anonymised then, not too little.
 */
export class OwnAddresses {
  readonly #netlink: Pick<NetlinkAddon, 'dump'>;
  readonly #trouble: TroubleLog;
  /** Without anonymisation nobody asks, and reading them may not be allowed. */
  readonly #asked: boolean;
  readonly #own: (key: string) => boolean;
  readonly #byNamespace = new Map<Netns, (key: string) => boolean>();

  /** @throws what the system says when the collector's own addresses cannot be read */
  constructor(method: AnonymizeMethod, netlink: Pick<NetlinkAddon, 'dump'>, log: Logger) {
    this.#netlink = netlink;
    this.#trouble = new TroubleLog(log);
    this.#asked = method !== 'none';
    this.#own = this.#asked
      ? ownAddresses({ onFailure: (error) => this.#failed("this machine's addresses cannot be read again", error) })
      : () => false;
  }

  /** A namespace is going to be recorded. `fd` is an open file of it, until {@link left}. */
  entered(netns: Netns, fd: number): void {
    if (!this.#asked) return;
    const onFailure = (error: unknown): void =>
      this.#failed("a network namespace's addresses cannot be read", error, netns);
    try {
      this.#byNamespace.set(netns, ownAddresses({ read: () => namespaceAddresses(this.#netlink, fd), onFailure }));
    } catch (error) {
      onFailure(error);
    }
  }

  /** It is recorded no more. */
  left(netns: Netns): void {
    this.#byNamespace.delete(netns);
  }

  /** Whether an address, as `addressKey` gives it, is one of this machine's, in the collector's or another namespace. */
  has(key: string, netns?: Netns): boolean {
    return netns === undefined ? this.#own(key) : (this.#byNamespace.get(netns)?.(key) ?? false);
  }

  #failed(msg: string, error: unknown, netns?: Netns): void {
    this.#trouble.failed(msg, { error: String(error), netns: netns?.name });
  }
}

/**
 * The addresses of a network namespace's interfaces, as text.
 * @param fd an open file of the namespace
 * @throws what the addon throws, and DecodeError
 */
export function namespaceAddresses(netlink: Pick<NetlinkAddon, 'dump'>, fd: number): string[] {
  const { data, messages } = netlink.dump({
    protocol: NETLINK_ROUTE,
    namespace: fd,
    ways: [[buildGetAddrRequest()]],
    dataTypes: [RTM_NEWADDR],
  });
  const addresses: string[] = [];
  for (let i = 0; i + 1 < messages.length; i += 2) {
    const start = messages[i] ?? 0;
    const address = decodeInterfaceAddress(data.subarray(start, start + (messages[i + 1] ?? 0)));
    if (address !== undefined) addresses.push(formatAddress(address.bytes, address.family));
  }
  return addresses;
}
