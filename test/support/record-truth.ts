import { basename } from 'node:path';
import { formatAddress } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';
import { type Archive, type Row, sentBytes } from './archives.js';
import type { LoadCount } from './load.js';

/** Maximum number of wrong records that are listed. */
const EXAMPLES = 5;

/** State of a connection according to its records so far. */
interface Seen {
  readonly ends: string;
  readonly cookie: bigint;
  timestampNs: bigint;
  sent: number;
  received: number;
  isClosed: boolean;
}

/** Outcome of {@link RecordTruth.compare}. */
export interface TruthVerdict {
  readonly connections: number;
  readonly records: number;
  /** Connections whose last record has state CLOSE and exactly the generator's counters. */
  readonly finals: number;
  /** Records that the kernel cannot have sent; the first few. */
  readonly wrong: readonly string[];
}

/**
 * Checks every record against its connection: each file has the records of the connection in its name, with times and
 * counters that never decrease or exceed the load generator's counts.
 */
export class RecordTruth {
  readonly #connections = new Map<string, Seen>();
  readonly #wrong: string[] = [];
  #records = 0;

  /** Adds files of one connection, in order, over several calls. */
  take(archive: Archive): void {
    const { uuid, sequence, metadata, path, rows } = archive;
    const name = basename(path);
    this.#require(metadata.UUID === uuid && metadata.Sequence === sequence, `${name}: metadata of another file`);
    for (const row of rows) this.#takeRow(uuid, row);
  }

  /** Compares with the counts of the generator on the collector's side, after all connections have ended. */
  compare(counts: readonly LoadCount[]): TruthVerdict {
    const byEnds = new Map<string, LoadCount[]>();
    for (const count of counts) {
      const ends = `${count.src}:${count.sport} ${count.dst}:${count.dport}`;
      byEnds.set(ends, [...(byEnds.get(ends) ?? []), count]);
    }
    let finals = 0;
    for (const [uuid, { ends, sent, received, isClosed }] of this.#connections) {
      // Several connections may have had the same endpoints, one after the other.
      const same = byEnds.get(ends) ?? [];
      const payload = Math.max(0, received - (isClosed ? 1 : 0));
      const may = (count: LoadCount): boolean => sent <= count.sent && payload <= count.received + 1;
      this.#require(same.some(may), `${uuid} ${ends}: ${sent} sent, ${received} received are of no connection`);
      if (isClosed && same.some((count) => count.sent === sent && count.received === payload)) finals++;
    }
    return { connections: this.#connections.size, records: this.#records, finals, wrong: this.#wrong };
  }

  #takeRow(uuid: string, row: Row): void {
    this.#records++;
    const { idm, info, timestampNs } = row;
    const { src, sport, dst, dport, cookie } = idm.id;
    const ends = `${formatAddress(src, idm.family)}:${sport} ${formatAddress(dst, idm.family)}:${dport}`;
    const named = BigInt(`0x${uuid.slice(uuid.lastIndexOf('_') + 1)}`);
    const seen = this.#connections.get(uuid) ?? this.#begin(uuid, { ends, cookie });
    this.#require(cookie === named && seen.cookie === cookie && seen.ends === ends, `${uuid}: a record of ${ends}`);
    this.#require(timestampNs >= seen.timestampNs, `${uuid}: time goes back to ${row.timestamp}`);
    seen.timestampNs = timestampNs;
    seen.isClosed = idm.state === TcpState.CLOSE;
    const sent = sentBytes(row);
    if (info?.bytesReceived === undefined || sent === undefined) return;
    const isForward = sent >= seen.sent && info.bytesReceived >= seen.received;
    this.#require(isForward, `${uuid}: counters go back at ${row.timestamp}`);
    seen.sent = sent;
    seen.received = info.bytesReceived;
  }

  #begin(uuid: string, { ends, cookie }: Pick<Seen, 'ends' | 'cookie'>): Seen {
    const seen = { ends, cookie, timestampNs: 0n, sent: 0, received: 0, isClosed: false };
    this.#connections.set(uuid, seen);
    return seen;
  }

  #require(isRight: boolean, what: string): void {
    if (!isRight && this.#wrong.length < EXAMPLES) this.#wrong.push(what);
  }
}
