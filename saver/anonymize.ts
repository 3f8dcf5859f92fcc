import { networkInterfaces } from 'node:os';
import {
  addressKey,
  anonymizeAddress,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_SOCKID,
  parseAddress,
  readFamily,
} from '../inetdiag/index.js';
import type { Netns } from '../parse/index.js';
import { fieldOf } from '../tcp/index.js';

/** What `-anonymize.ip` takes: nothing is changed, or addresses are cut to their network. */
export const ANONYMIZE_METHODS = ['none', 'netblock'] as const;
export type AnonymizeMethod = (typeof ANONYMIZE_METHODS)[number];

/** Where the two addresses of an `inet_diag_msg` lie. */
const ADDRESSES = (['src', 'dst'] as const).map((name) => {
  const { offset, size } = fieldOf(INET_DIAG_SOCKID, name);
  const start = INET_DIAG_MSG_ID_OFFSET + offset;
  return [start, start + size] as const;
});

/**
 * Turns a record's `inet_diag_msg` into what may be archived; a copy where bytes change. `netns` is where the socket is,
 * when not in the collector's own network namespace.
 */
export type Anonymize = (rawIdm: Uint8Array, netns?: Netns) => Uint8Array;

/**
 * Makes the function that anonymises. `netblock` zeroes the last byte of IPv4 (and IPv4-mapped) addresses and all but
 * the first 48 bits of IPv6 ones, at both ends, except for addresses of this machine.
 * @param isOwn whether an address, as `addressKey` gives it, is one of this machine's, in the network namespace
 */
export function createAnonymize(method: AnonymizeMethod, isOwn: (key: string, netns?: Netns) => boolean): Anonymize {
  if (method === 'none') return (rawIdm) => rawIdm;
  return (rawIdm, netns) => {
    const copy = Uint8Array.from(rawIdm);
    const family = readFamily(copy);
    for (const [start, end] of ADDRESSES) {
      const address = copy.subarray(start, end);
      if (!isOwn(addressKey(address, family), netns)) anonymizeAddress(address, family);
    }
    return copy;
  };
}

/** How often the machine's addresses are read again, milliseconds. */
const REFRESH_MS = 60_000;

/** What {@link ownAddresses} does its work with; the machine's own means unless a test brings others. */
export interface OwnAddressesOptions {
  /** A clock in milliseconds that never goes backwards. */
  readonly nowMs?: () => number;
  /** The addresses of the machine's interfaces, as text. May throw. */
  readonly read?: () => readonly string[];
  /** Told when they cannot be read again; those known before are kept. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Tells this machine's addresses from others, by {@link addressKey}. They are read now and again once a minute, since
 * interfaces come and go; an address that was once the machine's own stays so.
 * @throws what the system says when they cannot be read now
 */
export function ownAddresses({
  nowMs = () => performance.now(),
  read = interfaceAddresses,
  onFailure,
}: OwnAddressesOptions): (key: string) => boolean {
  const keys = new Set<string>();
  const refresh = (): void => {
    for (const text of read()) {
      const address = parseAddress(text);
      if (address !== undefined) keys.add(addressKey(address.bytes, address.family));
    }
  };
  refresh();
  let readAtMs = nowMs();
  return (key) => {
    if (nowMs() - readAtMs >= REFRESH_MS) {
      readAtMs = nowMs();
      try {
        // It opens a socket, for which there may be no descriptor left.
        refresh();
      } catch (error) {
        onFailure(error);
      }
    }
    return keys.has(key);
  };
}

function interfaceAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.map(({ address }) => address.replace(/%.*$/, ''));
}
