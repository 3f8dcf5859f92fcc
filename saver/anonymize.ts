import {
  INET_DIAG_MSG,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_SOCKID,
  INET_DIAG_SOCKOPT,
  readBindingOptions,
  readFamily,
} from '../inetdiag/index.js';
import { addressKey, anonymizeAddress, fieldOf, formatAddress, parseAddress } from '../netlink/index.js';
import type { ArchivedRecord, Netns } from '../parse/index.js';
import { TcpState } from '../tcp/index.js';

/** Values of `-anonymize.ip`: change nothing, or cut addresses to their network. */
export const ANONYMIZE_METHODS = ['none', 'netblock'] as const;
export type AnonymizeMethod = (typeof ANONYMIZE_METHODS)[number];

const SOURCE = placeOf('src');
const DESTINATION = placeOf('dst');

/** Returns the byte range of an address in an `inet_diag_msg`. */
function placeOf(name: 'src' | 'dst'): readonly [start: number, end: number] {
  const { offset, size } = fieldOf(INET_DIAG_SOCKID, name);
  const start = INET_DIAG_MSG_ID_OFFSET + offset;
  return [start, start + size];
}

const STATE_OFFSET = fieldOf(INET_DIAG_MSG, 'state').offset;

/** A record with an `inet_diag_msg`, as the kernel sent it. */
export interface SocketRecord {
  readonly rawIdm: Uint8Array;
  readonly attributes: ArchivedRecord['attributes'] | undefined;
}

/**
 * Returns a record's `inet_diag_msg` as it may be archived; a copy if bytes change. `netns` is the socket's network
 * namespace, absent for the collector's own.
 */
export type Anonymize = (record: SocketRecord, netns?: Netns) => Uint8Array;

/** Addresses of this machine in each network namespace, by `addressKey`. */
export interface OwnAddressBook {
  /** True when an address is this machine's. */
  has(key: string, netns?: Netns): boolean;
  /** True when the source address of a socket is this machine's. */
  hasSource(key: string, netns?: Netns): boolean;
  /** Remembers the source address of a socket as this machine's. */
  learn(key: string, netns?: Netns): void;
}

/**
 * Creates the function that anonymises. `netblock` zeroes the last byte of IPv4 (and IPv4-mapped) addresses and all but
 * the first 48 bits of IPv6 ones, at both ends, except for addresses of this machine. A socket's source is one, unless
 * the socket is transparent (IP_TRANSPARENT), which accepts connections to foreign addresses. Kernels before 5.10 do
 * not report this option, and no kernel reports it for the remains of a closed socket; `own` decides in these
 * cases.
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
      // With IP_FREEBIND any program can bind to any address; only one that is routed here gets an answer.
      own.learn(key, netns);
    }
    if (!own.has(addressKey(destination, family), netns)) anonymizeAddress(destination, family);
    return copy;
  };
}

/** Addresses of one direction of a flow. */
interface FlowAddresses {
  readonly src: string;
  readonly dst: string;
}

/** Part of a flow that has addresses. */
interface AddressedFlow {
  readonly orig: FlowAddresses;
  readonly reply: FlowAddresses;
  /** Tuple of the flow that made the kernel expect this one. */
  readonly master?: FlowAddresses;
}

/** Returns an address as it may be shown. `netns` is its network namespace, absent for the collector's own. */
export type AnonymizeAddress = (text: string, netns?: Netns) => string;

/** Creates the function that cuts an address that is not this machine's. What is no address becomes an empty text. */
export function createAnonymizeAddress(method: AnonymizeMethod, own: OwnAddressBook): AnonymizeAddress {
  if (method === 'none') return (text) => text;
  return (text, netns) => {
    const address = parseAddress(text);
    if (address === undefined) return '';
    const { bytes, family } = address;
    const key = addressKey(bytes, family);
    if (!own.has(key, netns) && !own.hasSource(key, netns)) anonymizeAddress(bytes, family);
    return formatAddress(bytes, family);
  };
}

/** Returns a flow as it may be shown. `netns` is its network namespace, absent for the collector's own. */
export type AnonymizeFlow = <T extends AddressedFlow>(flow: T, netns?: Netns) => T;

/** Creates the function that anonymises flows: it cuts every address that is not this machine's. */
export function createAnonymizeFlow(method: AnonymizeMethod, own: OwnAddressBook): AnonymizeFlow {
  if (method === 'none') return (flow) => flow;
  const cut = createAnonymizeAddress(method, own);
  return (flow, netns) => {
    const cutBoth = <T extends FlowAddresses>(tuple: T): T => ({
      ...tuple,
      src: cut(tuple.src, netns),
      dst: cut(tuple.dst, netns),
    });
    const { orig, reply, master } = flow;
    return {
      ...flow,
      orig: cutBoth(orig),
      reply: cutBoth(reply),
      ...(master === undefined ? {} : { master: cutBoth(master) }),
    };
  };
}
