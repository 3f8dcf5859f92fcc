import { describe, expect, it } from 'vitest';
import { visitRecords } from '../../archive/index.js';
import { type ArchiveInputError, streamSource } from '../../archive/input/index.js';
import { DecodeError } from '../../netlink/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { sourceOf } from './input/sources.js';

/** Returns lines of records, one per second, from second `first` to before `end`. */
function records(first: number, end: number): string {
  let lines = '';
  for (let s = first; s < end; s++) lines += `{"Timestamp":"2026-11-20T23:28:0${s}Z","RawIDM":"AAAA"}\n`;
  return lines;
}

/** Returns the second of a record. */
function secondOf({ timestamp }: ArchivedRecord): number {
  return Number(/:0(\d)Z$/.exec(timestamp)?.[1]);
}

/** Loads the seconds of records with a problem for one of them. */
function secondsBut(bad: number, error: Error): (record: ArchivedRecord) => number {
  return (record) => {
    const second = secondOf(record);
    if (second === bad) throw error;
    return second;
  };
}

const UNUSABLE = new DecodeError('RawIDM is short', { code: 'ERR_RECORD', at: 0 });

describe('visitRecords', () => {
  it('yields the loaded records of every piece, and skips those that load as undefined', async () => {
    const seconds: number[] = [];
    // Pieces of 100 bytes cut lines.
    const source = sourceOf(records(0, 8), 100);
    const odd = (record: ArchivedRecord): number | undefined =>
      secondOf(record) % 2 === 1 ? secondOf(record) : undefined;
    for await (const piece of visitRecords(source, odd, {})) for (const second of piece) seconds.push(second);
    expect(seconds).toEqual([1, 3, 5, 7]);
  });

  it('reports a record that cannot be used with its line, and reads on', async () => {
    const problems: ArchiveInputError[] = [];
    const seconds: number[] = [];
    const options = { onProblem: (problem: ArchiveInputError): void => void problems.push(problem) };
    const source = sourceOf(`${records(0, 2)}x\n${records(2, 5)}`);
    for await (const piece of visitRecords(source, secondsBut(3, UNUSABLE), options)) {
      for (const second of piece) seconds.push(second);
    }
    expect(seconds).toEqual([0, 1, 2, 4]);
    expect(problems.map(({ code, line, message }) => [code, line, message])).toEqual([
      ['ERR_JSON', 3, 'read archive a.jsonl, line 3: line is not JSON'],
      ['ERR_RECORD', 5, 'read archive a.jsonl, line 5: RawIDM is short'],
    ]);
  });

  it('throws a record that cannot be used without onProblem, after all records before it', async () => {
    const seconds: number[] = [];
    const visit = async (): Promise<void> => {
      for await (const piece of visitRecords(sourceOf(records(0, 5)), secondsBut(3, UNUSABLE), {})) {
        for (const second of piece) seconds.push(second);
      }
    };
    await expect(visit()).rejects.toMatchObject({ code: 'ERR_RECORD', line: 4 });
    expect(seconds).toEqual([0, 1, 2]);
  });

  it('throws an error of `load` that is no DecodeError, as a defect', async () => {
    const problems: unknown[] = [];
    const visit = async (): Promise<void> => {
      const load = secondsBut(1, new TypeError('defect'));
      const options = { onProblem: (problem: unknown): void => void problems.push(problem) };
      for await (const piece of visitRecords(sourceOf(records(0, 3)), load, options)) for (const _ of piece);
    };
    await expect(visit()).rejects.toThrow(new TypeError('defect'));
    expect(problems).toEqual([]);
  });

  it('passes an error of the caller on, unreported, and closes the archive', async () => {
    const problems: unknown[] = [];
    let isClosed = false;
    const content = (async function* () {
      try {
        yield Buffer.from(records(0, 3));
        yield Buffer.from(records(3, 5));
      } finally {
        isClosed = true;
      }
    })();
    const visit = async (): Promise<void> => {
      const options = { onProblem: (problem: unknown): void => void problems.push(problem) };
      for await (const piece of visitRecords(streamSource('a', content), secondOf, options)) {
        for (const second of piece) if (second === 1) throw UNUSABLE;
      }
    };
    await expect(visit()).rejects.toBe(UNUSABLE);
    expect({ isClosed, problems }).toEqual({ isClosed: true, problems: [] });
  });
});
