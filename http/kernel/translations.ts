import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { ConntrackDecoder, MAX_TCP_GET_BYTES, type Tuple, writeTcpGet } from '../../conntrack/index.js';
import type { Requester } from '../../native/index.js';
import { NLMSG_HDRLEN, parseAddress } from '../../netlink/index.js';
import type { HttpEnd } from '../index.js';
import { keyOfEnds, type SocketEnds } from './socket-message.js';

const { ENOENT } = constants.errno;
/** Longest message about one flow: some 500 bytes with all attributes. */
const REPLY_BYTES = 8192;
const IPV6_BYTES = 16;
/** Exists where the kernel tracks connections. To ask a kernel that does not would load its module. */
const TRACKING = '/proc/sys/net/netfilter/nf_conntrack_max';

/** Ends of sockets whose addresses or ports are translated on the way to the wire: NAT, as connection tracking has it. */
export class Translations {
  readonly #requester: Pick<Requester, 'askNow'>;
  readonly #request = new Uint8Array(MAX_TCP_GET_BYTES);
  readonly #reply = new Uint8Array(REPLY_BYTES);
  readonly #decoder = new ConntrackDecoder();
  readonly #isTracking: () => boolean;
  /** True once the kernel has refused: CAP_NET_ADMIN is missing, or it has no netlink for it. */
  #isRefused = false;

  /**
   * @param requester of NETLINK_NETFILTER, in the network namespace of the flows
   * @param isTracking replaced in tests
   */
  constructor(requester: Pick<Requester, 'askNow'>, isTracking: () => boolean = () => existsSync(TRACKING)) {
    this.#requester = requester;
    this.#isTracking = isTracking;
  }

  /** Returns the ends of the socket behind those of packets; undefined if they are the same or nothing is known. */
  endsOf(seen: SocketEnds): SocketEnds | undefined {
    if (this.#isRefused || !this.#isTracking()) return undefined;
    const { local, remote } = seen;
    // What comes in has this tuple, whichever end opened the connection: the kernel compares both directions.
    const ends = { sport: remote.port, dport: local.port, src: padded(remote.bytes), dst: padded(local.bytes) };
    const end = writeTcpGet(this.#request, 0, local.family, ends);
    let length: number;
    try {
      length = this.#requester.askNow(this.#request.subarray(0, end), this.#reply);
    } catch {
      // No flow is found then: exchanges without a connection are counted.
      this.#isRefused = true;
      return undefined;
    }
    if (length <= NLMSG_HDRLEN) {
      this.#isRefused = length !== -ENOENT;
      return undefined;
    }
    const { orig, reply } = this.#decoder.flow(this.#reply.subarray(0, length));
    const incoming = keyOfEnds({ local: remote, remote: local });
    const [origEnds, replyEnds] = [endsOf(orig), endsOf(reply)];
    if (origEnds === undefined || replyEnds === undefined) return undefined;
    const socket = keyOfEnds(origEnds) === incoming ? replyEnds : origEnds;
    return keyOfEnds(socket) === keyOfEnds(seen) ? undefined : socket;
  }
}

function endsOf({ src, sport = 0, dst, dport = 0 }: Tuple): SocketEnds | undefined {
  const [local, remote] = [endOf(src, sport), endOf(dst, dport)];
  return local === undefined || remote === undefined ? undefined : { local, remote };
}

function endOf(address: string, port: number): HttpEnd | undefined {
  const parsed = parseAddress(address);
  return parsed === undefined ? undefined : { ...parsed, port };
}

/** Returns an address in 16 bytes; IPv4 in the first 4. */
function padded(bytes: Uint8Array): Uint8Array {
  const address = new Uint8Array(IPV6_BYTES);
  address.set(bytes);
  return address;
}
