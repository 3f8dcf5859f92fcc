import { describe, expect, it } from 'vitest';
import { FIXED_CHUNK_BYTES } from '../../saver/fixed-chunks.js';
import { onFake, readWhole } from './on-fake.js';

const CONNECTIONS = 2000;
const RECORDS = 6;

describe('connections that end at once, faster than they can be compressed', () => {
  it('keep their final records, and other dropped records are counted', async () => {
    let release = (): void => undefined;
    const context = onFake({ maxWaitingBytes: 6_000_000 });
    const { disk, record, end, saver, gate, losses } = context;
    gate.opens = new Promise((resolve) => {
      release = resolve;
    });
    const finals = new Map<string, number>();
    for (let turn = 0; turn < RECORDS; turn++) {
      for (let i = 1; i <= CONNECTIONS; i++) finals.set(i.toString(16).toUpperCase(), record(BigInt(i), 300));
    }
    for (let i = 1; i <= CONNECTIONS; i++) end(BigInt(i));
    release();
    await saver.close();

    const { pressure = 0, ...others } = await losses();
    expect(others).toEqual({});
    expect(pressure).toBeGreaterThan(0);
    const found = new Map<string, number | undefined>();
    let written = 0;
    for (const { bytes } of [...disk.files].sort().map(([, file]) => file)) {
      const { metadata, counters } = await readWhole(bytes, false);
      found.set(metadata?.uuid.replace(/^.*_0*/, '') ?? '', counters.at(-1));
      written += counters.length;
    }
    expect(found).toEqual(finals);
    expect(written + pressure).toBe(CONNECTIONS * RECORDS);
  });

  it('lose no line needlessly when chunks of memory hold several', async () => {
    let release = (): void => undefined;
    // Room for nine of ten: a chunk of memory, and the overhead of a job.
    const maxWaitingBytes = 0.9 * CONNECTIONS * (FIXED_CHUNK_BYTES + 512);
    const { record, end, saver, gate, losses } = onFake({ maxWaitingBytes, isMemoryShort: true });
    gate.opens = new Promise((resolve) => {
      release = resolve;
    });
    for (let i = 1; i <= CONNECTIONS; i++) {
      record(BigInt(i));
      record(BigInt(i));
      end(BigInt(i));
    }
    release();
    await saver.close();
    const { pressure = 0 } = await losses();
    expect(pressure).toBeGreaterThan(0);
    // A tenth of the connections with two lines each, and some for the memory of active work.
    expect(pressure).toBeLessThan(2 * 0.15 * CONNECTIONS);
  });
});
