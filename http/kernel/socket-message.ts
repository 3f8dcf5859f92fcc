/** Messages of sock_diag as flows need them: whose socket it is, and what the kernel says of it. */
import { formatUuid } from '../../cache/index.js';
import { INET_DIAG_INFO, INET_DIAG_MSG_SIZE, type InetDiagMsg } from '../../inetdiag/index.js';
import { AttributeWalker, v4Offset } from '../../netlink/index.js';
import { readRttUs, readSegsOut, readTotalRetrans } from '../../tcp/index.js';
import type { HttpConnection, HttpEnd } from '../index.js';

/** Both ends of a connection, as its socket has them. */
export interface SocketEnds {
  readonly local: HttpEnd;
  readonly remote: HttpEnd;
}

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const walker = new AttributeWalker();

/**
 * Returns the connection of the socket in a message; undefined without `tcp_info`: sockets in TIME_WAIT have none, and
 * another cookie than the connection had.
 * @param message from `struct inet_diag_msg` on
 * @param uuidPrefix prefix of its UUID
 */
export function connectionIn(message: Uint8Array, cookie: bigint, uuidPrefix: string): HttpConnection | undefined {
  walker.reset(message, INET_DIAG_MSG_SIZE);
  while (walker.next()) {
    if (walker.type !== INET_DIAG_INFO) continue;
    const info = message.subarray(walker.start, walker.end);
    return {
      uuid: formatUuid(uuidPrefix, cookie),
      rttUs: readRttUs(info) ?? 0,
      totalRetrans: readTotalRetrans(info) ?? 0,
      segsOut: readSegsOut(info) ?? 0,
    };
  }
  return undefined;
}

/** Returns the ends in a message, whose address fields have 16 bytes. */
export function endsIn({ family, id }: Pick<InetDiagMsg, 'family' | 'id'>): SocketEnds {
  return {
    local: { family, bytes: id.src, port: id.sport },
    remote: { family, bytes: id.dst, port: id.dport },
  };
}

/** Returns a text that two pairs of ends have in common only if they are the same: IPv4 may be mapped to IPv6. */
export function keyOfEnds({ local, remote }: SocketEnds): string {
  return `${endText(local)} ${endText(remote)}`;
}

function endText({ family, bytes, port }: HttpEnd): string {
  const v4 = v4Offset(bytes, family);
  const address = v4 === undefined ? bytes.subarray(0, IPV6_BYTES) : bytes.subarray(v4, v4 + IPV4_BYTES);
  return `${port} ${Buffer.from(address.buffer, address.byteOffset, address.byteLength).toString('latin1')}`;
}
