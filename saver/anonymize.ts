import {
  INET_DIAG_MSG,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_SOCKID,
  INET_DIAG_SOCKOPT,
  readBindingOptions,
  readFamily,
} from '../inetdiag/index.js';
import { addressKey, anonymizeAddress, fieldOf } from '../netlink/index.js';
import type { ArchivedRecord, Netns } from '../parse/index.js';
import { TcpState } from '../tcp/index.js';

/** What `-anonymize.ip` takes: nothing is changed, or addresses are cut to their network. */
export const ANONYMIZE_METHODS = ['none', 'netblock'] as const;
export type AnonymizeMethod = (typeof ANONYMIZE_METHODS)[number];

const SOURCE = placeOf('src');
const DESTINATION = placeOf('dst');

/** Where an address lies in an `inet_diag_msg`. */
function placeOf(name: 'src' | 'dst'): readonly [start: number, end: number] {
  const { offset, size } = fieldOf(INET_DIAG_SOCKID, name);
  const start = INET_DIAG_MSG_ID_OFFSET + offset;
  return [start, start + size];
}

const STATE_OFFSET = fieldOf(INET_DIAG_MSG, 'state').offset;

/** A record that has an `inet_diag_msg`, as the kernel gave it. */
export interface SocketRecord {
  readonly rawIdm: Uint8Array;
  readonly attributes: ArchivedRecord['attributes'] | undefined;
}

/**
 * Turns a record's `inet_diag_msg` into what may be archived; a copy where bytes change. `netns` is where the socket is,
 * when not in the collector's own network namespace.
 */
export type Anonymize = (record: SocketRecord, netns?: Netns) => Uint8Array;

/** Knows which addresses, as `addressKey` gives them, are this machine's, in a network namespace. */
export interface OwnAddressBook {
  /** Whether an address is. */
  has(key: string, netns?: Netns): boolean;
  /** Whether the source of a socket is. */
  hasSource(key: string, netns?: Netns): boolean;
  /** Takes the word of a socket that its source is. */
  learn(key: string, netns?: Netns): void;
}

/**
 * Makes the function that anonymises. `netblock` zeroes the last byte of IPv4 (and IPv4-mapped) addresses and all but
 * the first 48 bits of IPv6 ones, at both ends, except for addresses of this machine. A socket's source is one, unless
 * the socket is transparent (IP_TRANSPARENT): that takes others' connections in their name. Kernels before 5.10 do not
 * say whether it is, nor is it said of what is left of a closed socket; `own` has to know then.
 */
export function createAnonymize(method: AnonymizeMethod, own: OwnAddressBook): Anonymize {
  if (method === 'none') return ({ rawIdm }) => rawIdm;
  return ({ rawIdm, attributes }, netns) => {
    const copy = Uint8Array.from(rawIdm);
    const family = readFamily(copy);
    const [source, destination] = [copy.subarray(...SOURCE), copy.subarray(...DESTINATION)];
    const key = addressKey(source, family);
    const options = readBindingOptions(attributes?.[INET_DIAG_SOCKOPT]);
    if (options === undefined || options.transparent) {
      if (!own.hasSource(key, netns)) anonymizeAddress(source, family);
    } else if (!options.freebind || copy[STATE_OFFSET] === TcpState.ESTABLISHED) {
      // With IP_FREEBIND any program can call any address its own; an answer comes to what is routed here only.
      own.learn(key, netns);
    }
    if (!own.has(addressKey(destination, family), netns)) anonymizeAddress(destination, family);
    return copy;
  };
}
