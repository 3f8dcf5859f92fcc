import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ArchiveInputError } from '../../../archive/input/index.js';
import { readSnapshots } from '../../../archive/reader/index.js';
import { encodeRecord, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { tempFolder } from '../../support/temp.js';
import { collect } from '../input/sources.js';

const metadata = { uuid: 'h_1_0000000000000001', sequence: 1, startTime: '2026-11-20T23:28:00Z' };
const FIRST = encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata });
const line = (n: number): string =>
  encodeRecord({
    timestamp: `2026-11-20T23:28:0${n}Z`,
    rawIdm: Buffer.alloc(72, n),
    attributes: [null, null, Buffer.alloc(232, n), null, Buffer.from('bbr\0')],
  });

function file(name: string, content: string): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, content);
  return path;
}

describe('readSnapshots', () => {
  it('returns every snapshot with its connection and position', async () => {
    const path = file('x.jsonl', FIRST + line(1) + line(2));
    const { items, error } = await collect(readSnapshots(path));
    expect(error).toBeUndefined();
    expect(items).toMatchObject([
      {
        uuid: metadata.uuid,
        sequence: 1,
        path,
        line: 2,
        timestamp: '2026-11-20T23:28:01Z',
        congestionAlgorithm: 'bbr',
      },
      { uuid: metadata.uuid, sequence: 1, path, line: 3, timestamp: '2026-11-20T23:28:02Z', metadata },
    ]);
    // Earlier snapshots stay unchanged.
    expect(items.map(({ tcpInfo }) => tcpInfo?.state)).toEqual([1, 2]);
  });

  it('uses the file name for a file without metadata', async () => {
    const named = await collect(
      readSnapshots([file('h_1_0000000000000002.00003.jsonl', line(1)), file('x.jsonl', line(1))]),
    );
    expect(named.items.map(({ uuid, sequence }) => [uuid, sequence])).toEqual([
      ['h_1_0000000000000002', 3],
      [undefined, undefined],
    ]);
  });

  it.each([
    ['x\n', 'ERR_JSON'],
    ['{}\n', 'ERR_RECORD'],
    ['{"RawIDM":"AgEA"}\n', 'ERR_TRUNCATED'],
  ])('throws at %j, or reports it to onProblem and goes on', async (bad, code) => {
    const path = file('x.jsonl', FIRST + line(1) + bad + line(2));
    const thrown = await collect(readSnapshots(path));
    expect(thrown.items).toHaveLength(1);
    expect(thrown.error).toMatchObject({ name: 'ArchiveInputError', code, path, line: 3 });
    const told: ArchiveInputError[] = [];
    const { items, error } = await collect(readSnapshots(path, { onProblem: (problem) => told.push(problem) }));
    expect(error).toBeUndefined();
    expect(items.map((each) => each.line)).toEqual([2, 4]);
    expect(told).toMatchObject([{ code, path, line: 3 }]);
  });
});
