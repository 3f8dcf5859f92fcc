import { type MessageListener, type Requester, readDump } from '../../native/index.js';
import {
  AF_INET,
  buildGetAddrRequest,
  decodeInterfaceAddress,
  formatAddress,
  type InetAddress,
  mappedAddress,
  NETLINK_ROUTE,
  RTM_NEWADDR,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
} from '../../netlink/index.js';
import { ConntrackError } from './errors.js';
import type { KernelSession } from './session.js';

const ATTEMPTS = 3;
/** Time until addresses are read again that changed during each attempt, milliseconds. */
const RETRY_MS = 1000;
const BUFFER_BYTES = 256 * 1024;
/** Addresses between two pauses. */
const ADDRESSES_AT_ONCE = 256;
/** Prefix of loopback's addresses, which are all local. */
const LOOPBACK = '127.';

const PREFIX_BYTES = 17;
const WHOLE_BITS = 128;
/** 127.0.0.0/8. */
const LOOPBACK_PREFIX = [...mappedAddress({ bytes: Uint8Array.of(127, 0, 0, 0), family: AF_INET }), 96 + 8];

function packed(addresses: readonly InetAddress[]): Uint8Array {
  const bytes = new Uint8Array(PREFIX_BYTES * (1 + addresses.length)).fill(WHOLE_BITS);
  bytes.set(LOOPBACK_PREFIX);
  for (const [i, address] of addresses.entries()) bytes.set(mappedAddress(address), PREFIX_BYTES * (1 + i));
  return bytes;
}

/** Functions that {@link LocalAddresses.watch} calls. */
export interface AddressesReceiver {
  /** The addresses cannot be read or followed any longer: the earlier ones stay. */
  onFailure(error: unknown): void;
  /**
   * The addresses changed during each attempt to read them: the earlier ones stay until they can be read, which is tried
   * again. Called once until then.
   */
  onStale(error: ConntrackError): void;
}

/** Addresses of a network namespace's interfaces. */
export class LocalAddresses {
  readonly #session: KernelSession;
  readonly #requester: Requester;
  #addresses: ReadonlySet<string> = new Set();
  #packed = packed([]);
  #listener: MessageListener | undefined;
  #reading: Promise<void> | undefined;
  #hasChanged = false;
  #retry: NodeJS.Timeout | undefined;
  #isStale = false;
  #isClosed = false;
  #staleReadings = 0;

  constructor(session: KernelSession) {
    this.#session = session;
    this.#requester = session.requester(NETLINK_ROUTE);
  }

  /** Returns whether an address belongs to the namespace. */
  readonly has = (address: string): boolean => this.#addresses.has(address) || address.startsWith(LOOPBACK);

  /**
   * Local addresses as bytes, 17 for each prefix: an address of IPv6, or an IPv4-mapped one, and the length of the prefix.
   * A new array after each change.
   */
  get packed(): Uint8Array {
    return this.#packed;
  }

  /** Number of readings that left the earlier addresses in place, because they changed during each attempt. */
  get staleReadings(): number {
    return this.#staleReadings;
  }

  /**
   * Reads the addresses once.
   * @param pause called now and then; if it returns a promise, reading goes on when that is fulfilled
   * @throws ConntrackError, `ERR_INTERRUPTED` if they changed during each attempt: then the earlier ones stay;
   * NamespaceError
   */
  async read(pause?: () => Promise<void> | undefined): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const addresses = await this.#dump(pause);
      if (addresses === undefined) continue;
      this.#addresses = new Set(addresses.map(({ bytes, family }) => formatAddress(bytes, family)));
      this.#packed = packed(addresses);
      return;
    }
    this.#staleReadings++;
    const message = `read addresses: they changed during each of ${ATTEMPTS} dumps`;
    throw new ConntrackError(message, { code: 'ERR_INTERRUPTED' });
  }

  /** Listens for changes from now on, and reads the addresses after each. @throws ConntrackError, NamespaceError */
  watch(receiver: AddressesReceiver): void {
    const groups = [RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR];
    const options = { protocol: NETLINK_ROUTE, groups, receiveBufferBytes: BUFFER_BYTES };
    this.#listener = this.#session.listen('follow addresses', options, ({ failure }) => {
      if (failure === undefined) this.#refresh(receiver);
      else receiver.onFailure(new Error(`follow addresses: ${failure.op}: ${failure.code}`));
    });
    this.#refresh(receiver);
  }

  /** Ends listening. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#listener?.close();
    await this.#reading;
  }

  /** Reads the addresses, once more if they change meanwhile. */
  #refresh(receiver: AddressesReceiver): void {
    this.#hasChanged = true;
    if (this.#isClosed) return;
    clearTimeout(this.#retry);
    this.#reading ??= this.#readWhileChanged()
      .catch((error: unknown) => this.#fail(error, receiver))
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #readWhileChanged(): Promise<void> {
    while (this.#hasChanged && !this.#isClosed) {
      this.#hasChanged = false;
      await this.read();
      this.#isStale = false;
    }
  }

  #fail(error: unknown, receiver: AddressesReceiver): void {
    if (this.#isClosed) return;
    if (!(error instanceof ConntrackError) || error.code !== 'ERR_INTERRUPTED') {
      receiver.onFailure(error);
      return;
    }
    // Changes of interfaces interrupt a dump, and send no event of an address.
    this.#retry = setTimeout(() => this.#refresh(receiver), RETRY_MS);
    if (!this.#isStale) receiver.onStale(error);
    this.#isStale = true;
  }

  /** Returns the addresses; undefined if they changed meanwhile. */
  async #dump(pause?: () => Promise<void> | undefined): Promise<readonly InetAddress[] | undefined> {
    const addresses: InetAddress[] = [];
    let isInterrupted = false;
    const options = { request: buildGetAddrRequest(), dataTypes: [RTM_NEWADDR] };
    try {
      for await (const part of readDump(this.#requester, options)) {
        isInterrupted ||= part.isInterrupted;
        for (let i = 0; i + 1 < part.messages.length; i += 2) {
          const at = part.messages[i] ?? 0;
          const address = decodeInterfaceAddress(part.data.subarray(at, at + (part.messages[i + 1] ?? 0)));
          if (address !== undefined) addresses.push(address);
          if (i % ADDRESSES_AT_ONCE === 0) await pause?.();
        }
      }
    } catch (error) {
      throw this.#session.errorOf(error, 'read addresses');
    }
    return isInterrupted ? undefined : addresses;
  }
}
