import { createReadStream } from 'node:fs';
import type { HttpCounts, HttpExchange, PortRange } from '../index.js';
import { HttpTap } from '../index.js';
import { type CaptureEnd, CaptureReader } from '../packet/index.js';

const CHUNK_BYTES = 1024 * 1024;

/** Options of {@link readHttp}. */
export interface ReadHttpOptions {
  /** Ports and ranges of ports of servers. Default: all. */
  readonly ports?: readonly (number | PortRange)[];
  /** Names of fields of heads to keep. Default: none. */
  readonly headers?: readonly string[];
  /** True to keep the query of paths. Default: false. */
  readonly keepsQuery?: boolean;
}

/** Exchanges of capture files, in the order of their ends. They are read as the loop needs them, once. */
export interface HttpReading extends AsyncIterable<HttpExchange> {
  /** Counts of messages and packets that were seen, missed or not readable so far. */
  readonly counts: HttpCounts;
  /** End of each file that was read, by path. */
  readonly ends: ReadonlyMap<string, CaptureEnd>;
}

/**
 * Reads plain HTTP from capture files (pcap, pcapng), one after the other, as one capture. `-` is standard input. Needs
 * no right. The loop throws a CaptureError for another kind of file, and the system's error for one that cannot be read.
 */
export function readHttp(paths: readonly string[], options: ReadHttpOptions = {}): HttpReading {
  const ready: HttpExchange[] = [];
  const ends = new Map<string, CaptureEnd>();
  let reader: CaptureReader | undefined;
  const tap = new HttpTap({
    ports: options.ports?.map((port) => (typeof port === 'number' ? { first: port, last: port } : port)) ?? null,
    onExchange: (exchange) => void ready.push(exchange),
    interfaceName: (index) => reader?.interfaceName(index),
    ...(options.headers === undefined ? {} : { headers: options.headers }),
    ...(options.keepsQuery === undefined ? {} : { keepsQuery: options.keepsQuery }),
  });
  return {
    get counts() {
      return tap.counts;
    },
    ends,
    async *[Symbol.asyncIterator]() {
      for (const path of paths) {
        reader = new CaptureReader((cursor) => tap.addPacket(cursor));
        const chunks = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
        for await (const chunk of chunks) {
          reader.push(chunk as Uint8Array);
          yield* ready.splice(0);
        }
        ends.set(path, reader.end());
      }
      tap.end();
      yield* ready.splice(0);
    },
  };
}
