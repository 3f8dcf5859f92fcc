import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparableAddress } from '../../inetdiag/index.js';
import { parseAddress } from '../../netlink/index.js';
import {
  type ArchivedFlow,
  type ArchivedProcess,
  encodeRecord,
  formatTimestamp,
  timestampToNs,
  ZERO_TIMESTAMP,
} from '../../parse/index.js';
import { TcpState } from '../../tcp/index.js';
import { compressFrame } from '../../zstd/index.js';

/** A connection to be written as an archive: it sends as fast as it can, and is closed in order. */
export interface WrittenConnection {
  readonly uuid: string;
  /** Time of the first record. */
  readonly start: string;
  /** Local address and port; both addresses have the same family. */
  readonly local: readonly [address: string, port: number];
  readonly remote: readonly [address: string, port: number];
  /** Bytes acknowledged per 100 ms. */
  readonly bytesPerStep: number;
  /** Number of records, one per 100 ms. */
  readonly records: number;
  /** Sequence number of the file within the connection; 0 by default. */
  readonly sequence?: number;
  /** False if the next file continues it; true by default. */
  readonly isOver?: boolean;
  /** Process in the metadata. */
  readonly process?: ArchivedProcess;
  /** Flow in the metadata. */
  readonly conntrack?: ArchivedFlow;
}

const MSS = 1448;
const STEP_NS = 100_000_000n;

/** Writes one archive of a connection into its day folder below `folder`; returns its path. */
export async function writeConnection(folder: string, connection: WrittenConnection): Promise<string> {
  const { uuid, start, records, sequence = 0, isOver = true, process, conntrack } = connection;
  const startNs = timestampToNs(start);
  if (startNs === undefined) throw new Error(`not a timestamp: ${start}`);
  const lines = [
    encodeRecord({
      timestamp: ZERO_TIMESTAMP,
      metadata: {
        ...{ uuid, sequence, startTime: start },
        ...(process === undefined ? {} : { process }),
        ...(conntrack === undefined ? {} : { conntrack }),
      },
    }),
  ];
  for (let i = 0; i < records; i++) {
    const timestamp = formatTimestamp(startNs + BigInt(i) * STEP_NS);
    lines.push(encodeRecord({ timestamp, ...record(connection, i, isOver && i === records - 1) }));
  }
  const day = join(folder, start.slice(0, 10).replaceAll('-', '/'));
  mkdirSync(day, { recursive: true });
  const path = join(day, `${uuid}.${String(sequence).padStart(5, '0')}.jsonl.zst`);
  writeFileSync(path, await compressFrame(Buffer.from(lines.join(''))));
  return path;
}

function record({ local, remote, bytesPerStep, records }: WrittenConnection, step: number, isLast: boolean) {
  const rawIdm = Buffer.alloc(72);
  rawIdm[0] = local[0].includes(':') ? 10 : 2;
  const state = isLast ? TcpState.CLOSE : TcpState.ESTABLISHED;
  rawIdm[1] = state;
  rawIdm.writeUInt16BE(local[1], 4);
  rawIdm.writeUInt16BE(remote[1], 6);
  rawIdm.set(addressBytes(local[0]), 8);
  rawIdm.set(addressBytes(remote[0]), 24);
  const acked = bytesPerStep * step;
  const window = isLast ? 0 : Math.min(10 * MSS, bytesPerStep);
  const info = Buffer.alloc(248);
  info[0] = state;
  info.writeUInt32LE(MSS, 16); // tcpi_snd_mss
  info.writeUInt32LE(Math.ceil(window / MSS), 24); // tcpi_unacked
  info.writeUInt32LE(20_000, 68); // tcpi_rtt
  info.writeUInt32LE(0x7fffffff, 76); // tcpi_snd_ssthresh
  info.writeUInt32LE(Math.max(1, Math.ceil(window / MSS)), 80); // tcpi_snd_cwnd
  // The SYN counts one byte, and so does the FIN at the end.
  info.writeBigUInt64LE(BigInt(acked + (isLast ? 2 : 1)), 120); // tcpi_bytes_acked
  info.writeUInt32LE(isLast ? 0 : 100 * MSS, 144); // tcpi_notsent_bytes
  info.writeUInt32LE(20_000, 148); // tcpi_min_rtt
  info.writeBigUInt64LE(BigInt(100_000 * Math.min(step, records - 1)), 168); // tcpi_busy_time
  info.writeBigUInt64LE(BigInt(acked + window), 200); // tcpi_bytes_sent
  info.writeUInt32LE(4 << 20, 228); // tcpi_snd_wnd
  return { rawIdm, attributes: [null, null, info] };
}

/** Returns an address in the kernel's format: IPv4 in the first 4 bytes. */
function addressBytes(text: string): Uint8Array {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return text.includes(':') ? comparableAddress(parsed.bytes, parsed.family) : parsed.bytes.subarray(0, 4);
}
