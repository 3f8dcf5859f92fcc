import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSource, readRecords } from '../../archive/input/index.js';
import { ConnectionCache, Exclusions } from '../../cache/index.js';
import { createLogger } from '../../log/index.js';
import { type ArchivedRecord, parseNetlinkMessage } from '../../parse/index.js';
import { Saver, type SaverOptions } from '../../saver/index.js';
import { buildMessage, tcpInfo } from '../support/messages.js';
import { testMetrics } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';

const ORIGIN = { kernel: '6.18.44', intervalNs: 10_000_000, host: 'host.example.com' };
const at = (scan: number): string => `2026-11-20T23:28:03.${scan}Z`;

/** Archives a connection of three records in two files; the second record differs from the first only by its scan. */
async function archive(options: Partial<SaverOptions>): Promise<ArchivedRecord[][]> {
  const output = tempFolder();
  const saver = new Saver({
    output,
    flushAgeMs: 30_000,
    rotateMs: 600_000,
    maxWaitingBytes: 1 << 20,
    anonymize: ({ rawIdm }) => rawIdm,
    metrics: testMetrics(),
    log: createLogger({ write: () => {} }),
    ...options,
  });
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'host_1', exclusions, observers: [saver] });
  const update = (scan: number, info: Buffer, state = 1): void => {
    const message = buildMessage({ state, attributes: [{ type: 2, payload: info }] });
    cache.update(parseNetlinkMessage(message, at(scan)), scan);
  };
  update(3, tcpInfo());
  update(4, tcpInfo());
  update(5, tcpInfo(280, { 100: 1 }));
  saver.rotateAll();
  update(6, tcpInfo(280, { 100: 1 }), 8);
  await saver.close();
  const names = readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.zst'));
  return await Promise.all(
    names.sort().map(async (name) => {
      const records: ArchivedRecord[] = [];
      for await (const { record } of readRecords(fileSource(join(output, name)))) records.push(record);
      return records;
    }),
  );
}

describe('provenance', () => {
  it('is in every file and every record on request', async () => {
    const [first, second] = await archive({ provenance: ORIGIN });
    const made = { schema: 1, ...ORIGIN, firstSeen: 'scan' };
    expect(first?.[0]?.metadata).toEqual({
      uuid: 'host_1_0000000000001234',
      sequence: 0,
      startTime: at(3),
      provenance: made,
    });
    expect(first?.slice(1).map(({ provenance }) => provenance)).toEqual([
      { scan: 3, reason: 'PreviousWasNil' },
      { scan: 5, unchangedUntil: expect.stringMatching(/^2026-11-20T23:28:03\.\dZ$/), reason: 'StateOrCounterChange' },
    ]);
    expect(second?.[0]?.metadata).toMatchObject({ sequence: 1, provenance: made });
    expect(second?.[1]?.provenance).toMatchObject({ scan: 6, reason: 'IDiagStateChange' });
  });

  it('leaves the lines otherwise unchanged, and is off by default', async () => {
    const plain = await archive({});
    const without = (await archive({ provenance: ORIGIN })).map((records) =>
      records.map(({ provenance: _, metadata, ...record }) => {
        if (metadata === undefined) return record;
        const { provenance: _made, ...rest } = metadata;
        return { ...record, metadata: rest };
      }),
    );
    expect(without).toEqual(plain);
  });
});
