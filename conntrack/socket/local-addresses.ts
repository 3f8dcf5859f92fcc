import { type MessageListener, type Requester, readDump } from '../../native/index.js';
import {
  buildGetAddrRequest,
  decodeInterfaceAddress,
  formatAddress,
  NETLINK_ROUTE,
  RTM_NEWADDR,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
} from '../../netlink/index.js';
import type { KernelSession } from './session.js';

const ATTEMPTS = 3;
const BUFFER_BYTES = 256 * 1024;
/** Prefix of loopback's addresses, which are all local. */
const LOOPBACK = '127.';

/** Addresses of a network namespace's interfaces. */
export class LocalAddresses {
  readonly #session: KernelSession;
  readonly #requester: Requester;
  #addresses: ReadonlySet<string> = new Set();
  #listener: MessageListener | undefined;
  #reading: Promise<void> | undefined;
  #isStale = false;

  constructor(session: KernelSession) {
    this.#session = session;
    this.#requester = session.requester(NETLINK_ROUTE);
  }

  /** Returns whether an address belongs to the namespace. */
  readonly has = (address: string): boolean => this.#addresses.has(address) || address.startsWith(LOOPBACK);

  /** Reads the addresses once. @throws NamespaceError, or any error of the addon */
  async read(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const addresses = await this.#dump();
      if (addresses === undefined && attempt < ATTEMPTS) continue;
      if (addresses !== undefined) this.#addresses = addresses;
      return;
    }
  }

  /**
   * Listens for changes from now on, and reads the addresses after each.
   * @param onFailure called when the addresses cannot be read: then the earlier ones stay
   */
  watch(onFailure: (error: unknown) => void): void {
    const groups = [RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR];
    const options = { protocol: NETLINK_ROUTE, groups, receiveBufferBytes: BUFFER_BYTES };
    this.#listener = this.#session.listen('follow addresses', options, ({ failure }) => {
      if (failure === undefined) this.#refresh(onFailure);
      else onFailure(new Error(`follow addresses: ${failure.op}: ${failure.code}`));
    });
    this.#refresh(onFailure);
  }

  /** Ends listening. */
  async close(): Promise<void> {
    await this.#listener?.close();
    await this.#reading;
  }

  /** Reads the addresses, once more if they change meanwhile. */
  #refresh(onFailure: (error: unknown) => void): void {
    this.#isStale = true;
    this.#reading ??= this.#readWhileStale()
      .catch(onFailure)
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #readWhileStale(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      await this.read();
    }
  }

  /** Returns the addresses; undefined if they changed meanwhile. */
  async #dump(): Promise<ReadonlySet<string> | undefined> {
    const addresses = new Set<string>();
    let isInterrupted = false;
    const options = { request: buildGetAddrRequest(), dataTypes: [RTM_NEWADDR] };
    try {
      for await (const part of readDump(this.#requester, options)) {
        isInterrupted ||= part.isInterrupted;
        for (let i = 0; i + 1 < part.messages.length; i += 2) {
          const at = part.messages[i] ?? 0;
          const address = decodeInterfaceAddress(part.data.subarray(at, at + (part.messages[i + 1] ?? 0)));
          if (address !== undefined) addresses.add(formatAddress(address.bytes, address.family));
        }
      }
    } catch (error) {
      throw this.#session.errorOf(error, 'read addresses');
    }
    return isInterrupted ? undefined : addresses;
  }
}
