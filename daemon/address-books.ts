import { type Logger, TroubleLog } from '../log/index.js';
import type { NetlinkAddon } from '../native/index.js';
import {
  buildGetAddrRequest,
  decodeInterfaceAddress,
  formatAddress,
  NETLINK_ROUTE,
  RTM_NEWADDR,
} from '../netlink/index.js';
import type { Netns } from '../parse/index.js';
import { type AnonymizeMethod, type OwnAddressBook, OwnAddresses } from '../saver/index.js';

/** Most attempts at a dump that the kernel reports as interrupted. */
const ATTEMPTS = 5;

/** Part of the addon that is used. */
type Netlink = Pick<NetlinkAddon, 'dump'>;

/** Addresses of this machine: those of the collector's own network namespace, and those of each other namespace. */
export class AddressBooks implements OwnAddressBook {
  readonly #netlink: Netlink;
  readonly #log: Logger;
  /** Undefined without anonymisation: then unused, and reading addresses may be forbidden. */
  readonly #own: OwnAddresses | undefined;
  readonly #byNamespace = new Map<Netns, OwnAddresses>();

  constructor(method: AnonymizeMethod, netlink: Netlink, log: Logger) {
    this.#netlink = netlink;
    this.#log = log;
    this.#own = method === 'none' ? undefined : this.#open("this machine's addresses");
  }

  /** Adds a namespace that will be recorded. `fd` is an open file of it, valid until {@link left}. */
  entered(netns: Netns, fd: number): void {
    if (this.#own === undefined) return;
    this.#byNamespace.set(netns, this.#open("a network namespace's addresses", { netns, fd }));
  }

  /** Forgets a namespace that is no longer recorded. */
  left(netns: Netns): void {
    this.#byNamespace.delete(netns);
  }

  has(key: string, netns?: Netns): boolean {
    return this.#of(netns)?.has(key) ?? false;
  }

  hasSource(key: string, netns?: Netns): boolean {
    return this.#of(netns)?.hasSource(key) ?? false;
  }

  learn(key: string, netns?: Netns): void {
    this.#of(netns)?.learn(key);
  }

  #of(netns: Netns | undefined): OwnAddresses | undefined {
    return netns === undefined ? this.#own : this.#byNamespace.get(netns);
  }

  #open(what: string, place?: { readonly netns: Netns; readonly fd: number }): OwnAddresses {
    const trouble = new TroubleLog(this.#log);
    const where = place === undefined ? {} : { netns: place.netns.name };
    return new OwnAddresses({
      read: () => interfaceAddresses(this.#netlink, place?.fd),
      onFailure: (error) => trouble.failed(`${what} cannot be read`, { ...where, error: String(error) }),
      onSuccess: () => trouble.succeeded(`${what} are read again`, where),
    });
  }
}

/**
 * Reads the addresses of a network namespace's interfaces, up or down, as text. Repeats a dump that a change
 * interrupts.
 * @param fd open file of the namespace; the collector's own namespace by default
 * @throws any error of the addon, and DecodeError
 */
export function interfaceAddresses(netlink: Netlink, fd?: number): string[] {
  for (let attempt = 1; ; attempt++) {
    try {
      return dumpAddresses(netlink, fd);
    } catch (error) {
      const isInterrupted = error instanceof Error && 'code' in error && error.code === 'ERR_INTERRUPTED';
      if (!isInterrupted || attempt === ATTEMPTS) throw error;
    }
  }
}

function dumpAddresses(netlink: Netlink, fd: number | undefined): string[] {
  const { data, messages } = netlink.dump({
    protocol: NETLINK_ROUTE,
    ...(fd === undefined ? {} : { namespace: fd }),
    queryMethods: [[buildGetAddrRequest()]],
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
