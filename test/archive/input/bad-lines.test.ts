import { describe, expect, it } from 'vitest';
import {
  type ArchiveInputError,
  Problems,
  readRecordBatches,
  readRecords,
  streamSource,
} from '../../../archive/input/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { chunks } from './sources.js';

const RECORD = '{"Timestamp":"2026-11-20T23:28:03.1Z","RawIDM":"AAAA"}\n';

/** Reads an archive completely. */
async function read(content: Buffer): Promise<{ records: number; problems: ArchiveInputError[] }> {
  const problems: ArchiveInputError[] = [];
  const onProblem = (error: ArchiveInputError): void => void problems.push(error);
  let records = 0;
  for await (const batch of readRecordBatches(streamSource('a', chunks(content, content.length)), { onProblem })) {
    while (batch.next() !== undefined) records++;
  }
  return { records, problems };
}

const linesIn = (problems: readonly ArchiveInputError[]): number => problems.reduce((sum, { lines }) => sum + lines, 0);

describe('lines that are not records', () => {
  it('are reported one by one at first, then together with their number', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 'x\n' : RECORD)).join('');
    const { records, problems } = await read(Buffer.from(`${lines}{"Timestamp":1}\n{}x\n\n${RECORD}`));
    expect(records).toBe(31);
    expect(problems.slice(0, 20).map(({ line, lines: count }) => [line, count])).toEqual(
      Array.from({ length: 20 }, (_, i) => [2 * i + 1, 1]),
    );
    expect(problems.slice(20).map(({ code, message }) => [code, message])).toEqual([
      ['ERR_JSON', 'read archive a, line 41: line is not JSON (12 such lines up to line 63)'],
      ['ERR_RECORD', 'read archive a, line 61: Timestamp is not RFC 3339'],
    ]);
  });

  it('throw at the first one without an onProblem callback', async () => {
    const thrown = async (text: string): Promise<unknown> => {
      try {
        for await (const _ of readRecords(streamSource('a', chunks(Buffer.from(text)))));
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const expected = { code: 'ERR_JSON', line: 2, message: 'read archive a, line 2: line is not JSON' };
    expect(await thrown(`${RECORD}\n\n`)).toMatchObject(expected);
    expect(await thrown(`${RECORD}x\n`)).toMatchObject(expected);
  });

  it('may be millions of empty lines, at little cost per byte', async () => {
    const newlines = 40_000_000;
    const startMs = performance.now();
    const { records, problems } = await read(Buffer.concat([Buffer.alloc(newlines, '\n'), Buffer.from(RECORD)]));
    // At 26 µs per line they would take 17 minutes.
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect(records).toBe(1);
    expect(linesIn(problems)).toBe(newlines);
    expect(problems.length).toBeLessThan(20 + newlines / 65_536 + 1);
  });

  it('end the reading after tens of millions of empty lines, which a few kilobytes can hold', async () => {
    const frame = await compressFrame(Buffer.alloc(2_000_000, '\n'));
    const { records, problems } = await read(
      Buffer.concat([...Array<Buffer>(100).fill(frame), await compressFrame(Buffer.from(RECORD))]),
    );
    expect(records).toBe(0);
    expect(problems.at(-1)).toMatchObject({ code: 'ERR_NO_RECORDS' });
    expect(linesIn(problems.slice(0, -1))).toBeGreaterThanOrEqual(80_000_000);
    expect(linesIn(problems.slice(0, -1))).toBeLessThan(82_000_000);
  });

  it.each([
    'x\n',
    '{x}\n',
    ' \n',
    '{"Timestamp":1}\n',
  ])('end the reading of an archive that contains only %j', async (line) => {
    const content = Buffer.alloc(line.length * 11_000_000, line);
    const { records, problems } = await read(Buffer.concat([content, Buffer.from(RECORD)]));
    expect(records).toBe(0);
    expect(problems.at(-1)).toMatchObject({ code: 'ERR_NO_RECORDS', line: undefined });
    expect(linesIn(problems.slice(0, -1))).toBeGreaterThanOrEqual(100_000);
  });

  it('do not end the reading if there is a record among them now and then', async () => {
    const { records } = await read(Buffer.from(`${'{x}\n'.repeat(60_000)}${RECORD}`.repeat(3)));
    expect(records).toBe(3);
  });
});

describe('Problems', () => {
  it('prints the first problem of each kind, and counts all', async () => {
    const printed: string[] = [];
    const problems = new Problems({ print: (line) => printed.push(line), maxTold: 2 });
    const content = Buffer.from(`${'\n'.repeat(100_000)}${'{"Timestamp":1}\n'.repeat(30)}${RECORD}`);
    const source = streamSource('a', chunks(await compressFrame(content)));
    for await (const batch of readRecordBatches(source, { onProblem: problems.report })) {
      while (batch.next() !== undefined);
    }
    problems.finish();
    expect(printed).toEqual([
      'read archive a, line 1: line is not JSON',
      'read archive a, line 2: line is not JSON',
      'read archive a, line 100001: Timestamp is not RFC 3339 (30 such lines up to line 100030)',
      '… and 99998 more',
      'in all: 100030 lines skipped',
    ]);
    expect(problems.exitCode).toBe(3);
  });

  it('adds up the problems of several threads', () => {
    const printed: string[] = [];
    const all = new Problems({ print: (line) => printed.push(line), maxTold: 1 });
    const told = [
      { message: 'a', kind: 'ERR_JSON', count: 1 },
      { message: 'b', kind: 'ERR_RECORD', count: 5 },
    ];
    const summary = { told, lines: 10, archives: 0, failures: 0, passedOver: 0 };
    all.merge(summary);
    all.merge(summary);
    all.finish();
    expect(printed).toEqual(['a', 'b', '… and 14 more', 'in all: 20 lines skipped']);
  });
});
