import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { type Connection, ConnectionCache, Exclusions } from '../../cache/index.js';
import { createLogger } from '../../log/index.js';
import { decodeRecord, formatTimestamp, parseNetlinkMessage } from '../../parse/index.js';
import { type Clock, Saver, type SaverOptions } from '../../saver/index.js';
import { buildMessage, tcpInfo } from '../support/messages.js';
import { testMetrics } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';

/** When the first record of every test is seen: 2026-11-20T23:28:03.450377228Z. */
const START = 1_795_217_283_450_377_228n;
/** The UUID of the connection that records are of unless another cookie is given, and where its files are. */
export const UUID = 'host_1_0000000000001234';
export const NAME = `2026/11/20/${UUID}`;

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  ms = 0;
  monotonicMs(): number {
    return this.ms;
  }
  timestamp(): string {
    return formatTimestamp(START + BigInt(this.ms) * 1_000_000n);
  }
}

/** A saver on a clock that stands still, and a cache before it that records are given to. */
export function setUp(options: Partial<SaverOptions> = {}) {
  const output = options.output ?? tempFolder();
  const clock = new FakeClock();
  const metrics = testMetrics();
  const log: string[] = [];
  const saver = new Saver({
    output,
    flushAgeMs: 30_000,
    rotateMs: 600_000,
    maxWaitingBytes: 256 << 20,
    anonymize: ({ rawIdm }) => rawIdm,
    metrics,
    log: createLogger({ write: (line) => log.push(line) }),
    clock,
    // Enough for what the clock lets be tried again at all.
    closePatienceMs: 300,
    ...options,
  });
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'host_1', exclusions, observers: [saver] });
  let count = 0;
  /** One more record of a connection, different from the one before. Returns what tells it from all others. */
  const record = (cookie = 0x1234n, filler = 0): number => {
    const info = tcpInfo(280);
    info.writeUInt32LE(++count, 100);
    const attributes = [{ type: 2, payload: info }];
    if (filler > 0) attributes.push({ type: 200, payload: Buffer.alloc(filler, count & 0xff) });
    cache.update(parseNetlinkMessage(buildMessage({ cookie, attributes }), clock.timestamp()));
    return count;
  };
  /** Ends a connection. */
  const end = (cookie: bigint): void => {
    const connection = [...cache.connections()].find((each: Connection) => each.cookie === cookie);
    if (connection !== undefined) saver.closed(connection);
  };
  const files = () =>
    readdirSync(output, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.jsonl.zst'))
      .sort();
  return { output, clock, metrics, log, saver, cache, record, end, files };
}

/** What the lines of an archive say: the metadata and the counters of the records. */
export function parseLines(text: string) {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  const [first, ...rest] = lines.map(decodeRecord);
  const counters = rest.map((each) => Buffer.from(each.attributes?.[2] ?? []).readUInt32LE(100));
  return { metadata: first?.metadata, counters, records: rest };
}

/** What the zstd program reads. */
export function readArchive(path: string) {
  execFileSync('zstd', ['-q', '-t', path]);
  return parseLines(execFileSync('zstd', ['-q', '-dc', path], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}
