import type { Connection, ConnectionObserver } from '../../cache/index.js';
import type { HttpConnection, HttpEnd, HttpFlow } from '../../http/index.js';
import { INET_DIAG_INFO } from '../../inetdiag/index.js';
import { v4Offset } from '../../netlink/index.js';
import type { Netns } from '../../parse/index.js';
import { readRttUs, readSegsOut, readTotalRetrans } from '../../tcp/index.js';

/** Time for which a connection is known after its end. */
const KEPT_MS = 60_000;
/** Most connections that are known: some 5 MB. */
const MAX_KEPT = 16_384;
const IPV6_BYTES = 16;
const IPV4_BYTES = 4;

interface Ended {
  readonly connection: HttpConnection;
  readonly untilMs: number;
}

/**
 * Connections that ended within the last minute, by their ends: a packet may be read only after its socket is gone. Of
 * two with the same ends the later one is known.
 */
export class EndedConnections implements ConnectionObserver {
  readonly #nowMs: () => number;
  /** A map keeps the order of insertion, the earliest end first. */
  readonly #byEnds = new Map<string, Ended>();

  /** @param nowMs clock that never jumps, milliseconds (default: the machine's) */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  closed({ uuid, netns, family, id, last }: Connection): void {
    const info = last.attributes?.[INET_DIAG_INFO];
    if (info === undefined || info === null) return;
    const key = keyOf(netns, { family, bytes: id.src, port: id.sport }, { family, bytes: id.dst, port: id.dport });
    const connection = {
      uuid,
      rttUs: readRttUs(info) ?? 0,
      totalRetrans: readTotalRetrans(info) ?? 0,
      segsOut: readSegsOut(info) ?? 0,
    };
    const nowMs = this.#nowMs();
    this.#byEnds.delete(key);
    this.#byEnds.set(key, { connection, untilMs: nowMs + KEPT_MS });
    for (const [oldest, { untilMs }] of this.#byEnds) {
      if (untilMs > nowMs && this.#byEnds.size <= MAX_KEPT) break;
      this.#byEnds.delete(oldest);
    }
  }

  /** Returns the connection of a flow in a network namespace; null if none with its ends has ended. */
  find({ local, remote }: Pick<HttpFlow, 'local' | 'remote'>, netns: Netns | undefined): HttpConnection | null {
    const ended = this.#byEnds.get(keyOf(netns, local, remote));
    return ended === undefined || ended.untilMs <= this.#nowMs() ? null : ended.connection;
  }
}

function keyOf(netns: Netns | undefined, local: HttpEnd, remote: HttpEnd): string {
  return `${netns?.inode ?? ''} ${endText(local)} ${endText(remote)}`;
}

/** IPv4 may be mapped to IPv6 in a socket, and is not in packets. */
function endText({ family, bytes, port }: HttpEnd): string {
  const v4 = v4Offset(bytes, family);
  const address = v4 === undefined ? bytes.subarray(0, IPV6_BYTES) : bytes.subarray(v4, v4 + IPV4_BYTES);
  return `${port} ${Buffer.from(address.buffer, address.byteOffset, address.byteLength).toString('latin1')}`;
}
