import { closeSync } from 'node:fs';
import { formatUuid } from '../../../cache/index.js';
import { IPPROTO_TCP } from '../../../conntrack/index.js';
import { openNamespace } from '../../../host/index.js';
import {
  buildExactSockRequest,
  decodeInetDiagMsg,
  INET_DIAG_INFO,
  INET_DIAG_MSG_SIZE,
  INFO_EXTENSION,
  NETLINK_SOCK_DIAG,
} from '../../../inetdiag/index.js';
import { netlink, type Requester } from '../../../native/index.js';
import { AttributeWalker, formatAddress, NLMSG_HDRLEN } from '../../../netlink/index.js';
import {
  readBytesReceived,
  readBytesSent,
  readMinRttUs,
  readRttUs,
  readTotalRetrans,
  tcpStateName,
} from '../../../tcp/index.js';
import { type FlowSocket, type LookedUpFlow, socketInfo } from './flow-socket.js';
import type { OneNamespace } from './options.js';

/** Finds the local sockets of flows: one exact request to sock_diag for each, and many in one system call. */
export class SocketFinder {
  readonly #requester: Pick<Requester, 'ask'>;
  readonly #uuidPrefix: string;
  readonly #walker = new AttributeWalker();

  /** @param requester of NETLINK_SOCK_DIAG, in the network namespace of the flows */
  constructor(requester: Pick<Requester, 'ask'>, uuidPrefix: string) {
    this.#requester = requester;
    this.#uuidPrefix = uuidPrefix;
  }

  /**
   * Opens a finder for a network namespace, by default that of this process.
   * @throws NamespaceError, AddonError
   */
  static open(uuidPrefix: string, netns: OneNamespace | undefined): SocketFinder {
    const protocol = NETLINK_SOCK_DIAG;
    const fd = netns === undefined ? undefined : openNamespace(netns);
    try {
      const place = fd === undefined ? {} : { namespace: fd };
      return new SocketFinder(new netlink.Requester({ protocol, ...place }), uuidPrefix);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Returns the socket of each flow; undefined for flows of other protocols, of other machines, and without one. */
  async find(flows: readonly LookedUpFlow[]): Promise<(FlowSocket | undefined)[]> {
    const sockets: (FlowSocket | undefined)[] = flows.map(() => undefined);
    const asked = [...flows.keys()].filter((i) => hasSocket(flows[i]));
    if (asked.length === 0) return sockets;
    const { data, messages, requests } = await this.#requester.ask(requestsFor(asked.flatMap((i) => flows[i] ?? [])));
    for (let n = 0; n < requests.length; n++) {
      const at = messages[2 * n] ?? 0;
      const index = asked[requests[n] ?? 0];
      const flow = index === undefined ? undefined : flows[index];
      if (index === undefined || flow === undefined) continue;
      sockets[index] = this.#socketOf(data.subarray(at + NLMSG_HDRLEN, at + (messages[2 * n + 1] ?? 0)), flow);
    }
    return sockets;
  }

  /** Returns the socket in a message, if it has the ends of the flow: the kernel also answers with listeners. */
  #socketOf(message: Uint8Array, { endpoints: { local, remote } }: LookedUpFlow): FlowSocket | undefined {
    const { id, family, state } = decodeInetDiagMsg(message);
    const isSame =
      id.sport === local.port &&
      id.dport === remote.port &&
      formatAddress(id.dst, family) === remote.address &&
      formatAddress(id.src, family) === local.address;
    if (!isSame) return undefined;
    const info = this.#infoIn(message);
    return {
      uuid: formatUuid(this.#uuidPrefix, id.cookie),
      tcp: socketInfo(tcpStateName(state), {
        rttUs: info === undefined ? undefined : readRttUs(info),
        minRttUs: info === undefined ? undefined : readMinRttUs(info),
        totalRetrans: info === undefined ? undefined : readTotalRetrans(info),
        bytesSent: info === undefined ? undefined : readBytesSent(info),
        bytesReceived: info === undefined ? undefined : readBytesReceived(info),
      }),
    };
  }

  /** Returns the tcp_info of a message. */
  #infoIn(message: Uint8Array): Uint8Array | undefined {
    this.#walker.reset(message, INET_DIAG_MSG_SIZE);
    while (this.#walker.next()) {
      if (this.#walker.type === INET_DIAG_INFO) return message.subarray(this.#walker.start, this.#walker.end);
    }
    return undefined;
  }
}

/** Returns whether a flow can have a TCP socket here. */
export function hasSocket(looked: LookedUpFlow | undefined): boolean {
  return looked !== undefined && looked.flow.orig.protocol === IPPROTO_TCP && looked.endpoints.side !== 'forwarded';
}

function requestsFor(flows: readonly LookedUpFlow[]): Uint8Array {
  return Buffer.concat(
    flows.map(({ endpoints: { local, remote } }) =>
      buildExactSockRequest({
        localAddress: local.address,
        localPort: local.port ?? 0,
        remoteAddress: remote.address,
        remotePort: remote.port ?? 0,
        ext: INFO_EXTENSION,
      }),
    ),
  );
}
