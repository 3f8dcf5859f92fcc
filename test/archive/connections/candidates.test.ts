import { describe, expect, it } from 'vitest';
import { candidates } from '../../../archive/connections/candidates.js';
import { EVERYTHING } from '../../../archive/selection/selection.js';

const us = (text: string): number => Date.parse(text) * 1000;

describe('files that may contain the selection', () => {
  const path = (day: string, uuid: string, part = 0): string => `data/${day}/${uuid}.0000${part}.jsonl.zst`;
  const found = [
    path('2026/11/19', 'h_1_000A'),
    path('2026/11/21', 'h_1_000A', 1),
    path('2026/11/19', 'h_1_000B'),
    path('2026/11/23', 'h_1_000C'),
    'data/old.tgz',
  ];
  const written = (times: Readonly<Record<string, string>>) => (file: string) =>
    times[file] === undefined ? undefined : us(times[file]);
  const names = (paths: readonly string[]): string[] => paths.map((each) => each.replace(/^.*_|\.jsonl\.zst$/g, ''));

  it('are all files without a time', () => {
    expect(candidates(found, EVERYTHING)).toEqual(found);
  });

  it('exclude files last written before the time, unless another part is newer or the mtime is unreliable', () => {
    const times = {
      [path('2026/11/19', 'h_1_000A')]: '2026-11-19T12:00:00Z',
      [path('2026/11/21', 'h_1_000A', 1)]: '2026-11-21T12:00:00Z',
      [path('2026/11/19', 'h_1_000B')]: '2026-11-19T12:00:00Z',
      [path('2026/11/23', 'h_1_000C')]: '1970-01-01T00:00:00Z',
    };
    const since = (text: string): string[] =>
      names(candidates(found, { ...EVERYTHING, sinceUs: us(text) }, written(times)));
    expect(since('2026-11-20T00:00:00Z')).toEqual(['000A.00000', '000A.00001', '000C.00000', 'data/old.tgz']);
    expect(since('2026-11-22T00:00:00Z')).toEqual(['000C.00000', 'data/old.tgz']);
    // The clock may have been set.
    expect(since('2026-11-19T12:30:00Z')).toContain('000B.00000');
    const unknown = names(candidates(found, { ...EVERYTHING, sinceUs: us('2026-11-30T00:00:00Z') }, () => undefined));
    expect(unknown).toHaveLength(5);
  });

  it('exclude files of later days, with a margin of one day', () => {
    const until = (text: string): string[] => names(candidates(found, { ...EVERYTHING, untilUs: us(text) }));
    expect(until('2026-11-21T00:00:00Z')).toEqual(['000A.00000', '000A.00001', '000B.00000', 'data/old.tgz']);
    expect(until('2026-11-22T12:00:00Z')).toContain('000C.00000');
  });

  it('are those with the UUID in their names only', () => {
    expect(names(candidates(found, { ...EVERYTHING, uuidEnd: '0a' }))).toEqual(['000A.00000', '000A.00001']);
    expect(names(candidates(found, { ...EVERYTHING, uuidEnd: 'FFFF' }))).toEqual(['data/old.tgz']);
  });
});
