import { INET_DIAG_INFO } from '../../inetdiag/index.js';
import { fieldOf } from '../../netlink/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { TCP_INFO } from '../../tcp/index.js';

/** Counters of tcp_info with 64 bits, which only grow. */
const LONG = (['bytesAcked', 'bytesReceived', 'bytesSent', 'bytesRetrans'] as const).map(
  (name) => fieldOf(TCP_INFO, name).offset,
);
/** Counters with 32 bits, which grow and wrap. */
const SHORT = (['segsOut', 'segsIn', 'totalRetrans'] as const).map((name) => fieldOf(TCP_INFO, name).offset);
const HALF = 2 ** 31;

/** Returns whether a record of a connection is older than another one, as its counters show. */
export function isOlder(record: ArchivedRecord, than: ArchivedRecord): boolean {
  const [own, other] = [infoOf(record), infoOf(than)];
  if (own === undefined || other === undefined) return false;
  const length = Math.min(own.byteLength, other.byteLength);
  return (
    LONG.some((at) => at + 8 <= length && own.getBigUint64(at, true) < other.getBigUint64(at, true)) ||
    SHORT.some((at) => at + 4 <= length && (own.getUint32(at, true) - other.getUint32(at, true)) >>> 0 >= HALF)
  );
}

function infoOf({ attributes }: ArchivedRecord): DataView | undefined {
  const info = attributes?.[INET_DIAG_INFO] ?? undefined;
  return info === undefined ? undefined : new DataView(info.buffer, info.byteOffset, info.byteLength);
}
