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

/** Time of the first record of every test: 2026-11-20T23:28:03.450377228Z. */
const START = 1_795_217_283_450_377_228n;
/** UUID of the default connection, and the folder of its files. */
export const UUID = 'host_1_0000000000001234';
export const NAME = `2026/11/20/${UUID}`;

/** A clock that moves only on request. */
export class FakeClock implements Clock {
  ms = 0;
  monotonicMs(): number {
    return this.ms;
  }
  timestamp(): string {
    return formatTimestamp(START + BigInt(this.ms) * 1_000_000n);
  }
}

/** Returns a saver with a fake clock, and a cache before it that receives records. */
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
    // Enough for every retry that the fake clock allows.
    closePatienceMs: 300,
    ...options,
  });
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'host_1', exclusions, observers: [saver] });
  let count = 0;
  /** Adds another, different record of a connection. Returns the counter that identifies it. */
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

/** Parses the lines of an archive: the metadata and the counters of the records. */
export function parseLines(text: string) {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  const [first, ...rest] = lines.map(decodeRecord);
  const counters = rest.map((each) => Buffer.from(each.attributes?.[2] ?? []).readUInt32LE(100));
  return { metadata: first?.metadata, counters, records: rest };
}

/** Reads an archive with the zstd program. */
export function readArchive(path: string) {
  execFileSync('zstd', ['-q', '-t', path]);
  return parseLines(execFileSync('zstd', ['-q', '-dc', path], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}
