import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSource, readRecords } from '../../archive/input/index.js';
import { ConnectionCache, Exclusions } from '../../cache/index.js';
import { createLogger } from '../../log/index.js';
import { type ArchivedProcess, type ArchivedRecord, parseNetlinkMessage } from '../../parse/index.js';
import { Saver, type SaverOptions } from '../../saver/index.js';
import { buildMessage, tcpInfo } from '../support/messages.js';
import { testMetrics } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';

/** Archives a connection in two files, and calls `between` after its first record. */
async function archive(options: Partial<SaverOptions>, between = (): void => undefined): Promise<ArchivedRecord[][]> {
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
  const update = (scan: number, state: number): void => {
    const message = buildMessage({ state, attributes: [{ type: 2, payload: tcpInfo() }] });
    cache.update(parseNetlinkMessage(message, `2026-11-20T23:28:03.${scan}Z`), scan);
  };
  update(1, 1);
  between();
  saver.rotateAll();
  update(2, 8);
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

describe('the process in the metadata of a file', () => {
  it('is the one that is known with the first frame, in each file of the connection', async () => {
    let process: ArchivedProcess | undefined;
    const seen: string[] = [];
    const options = {
      process: ({ uuid }: { readonly uuid: string }) => {
        seen.push(uuid);
        return process;
      },
    };
    const files = await archive(options, () => {
      process = { pid: 7, command: '\u001b[31m', unit: 'a.service' };
    });
    expect(files.map((records) => records[0]?.metadata?.process)).toEqual([process, process]);
    expect(new Set(seen)).toEqual(new Set(['host_1_0000000000001234']));
  });

  it('is absent while it is unknown, and by default', async () => {
    const plain = await archive({});
    expect(plain.map((records) => records[0]?.metadata)).toEqual([
      { uuid: 'host_1_0000000000001234', sequence: 0, startTime: '2026-11-20T23:28:03.1Z' },
      { uuid: 'host_1_0000000000001234', sequence: 1, startTime: '2026-11-20T23:28:03.1Z' },
    ]);
    expect(await archive({ process: () => undefined })).toEqual(plain);
  });
});
