import { describe, expect, it } from 'vitest';
import {
  formatNumber,
  formatScenario,
  formatTable,
  insertBetweenMarks,
  summarizeSamples,
} from '../../bench/report.mjs';

const NAMES = { floor: 'floor', ours: 'ours' };
const sample = (pair: number, contender: string, cpuPerScanMs: number, more = {}) => ({
  ...{ pair, contender, cpuPerScanMs, cores: cpuPerScanMs / 10, machineBusy: 0.5, scansFrom: 'its own count' },
  ...more,
});

describe('summarizeSamples', () => {
  const rows = summarizeSamples(
    [
      ...[sample(0, 'floor', 1), sample(0, 'ours', 2), sample(0, 'peer', 8)],
      ...[sample(1, 'peer', 9), sample(1, 'ours', 6), sample(1, 'floor', 2)],
      ...[sample(2, 'floor', 4), sample(2, 'ours', 4), { pair: 2, contender: 'peer', error: 'gone' }],
    ],
    NAMES,
  );

  it('divides within each pair and takes the median of the ratios', () => {
    expect(
      rows.map(({ contender, timesFloor }) => [contender, timesFloor?.median, timesFloor?.min, timesFloor?.max]),
    ).toEqual([
      ['floor', 1, 1, 1],
      ['ours', 2, 1, 3],
      ['peer', 6.25, 4.5, 8],
    ]);
    expect(rows[2]?.timesOurs).toMatchObject({ median: 2.75, count: 2 });
  });

  it('keeps the reason why a contender has no figures', () => {
    expect(rows[2]).toMatchObject({ error: 'gone', figures: { cores: { count: 2 } } });
    expect(summarizeSamples([{ pair: 0, contender: 'peer', error: 'gone' }], NAMES)).toEqual([
      { contender: 'peer', figures: {}, notes: { contender: 'peer', error: 'gone' }, error: 'gone' },
    ]);
  });

  it('returns no rows without samples', () => {
    expect(summarizeSamples([], NAMES)).toEqual([]);
  });
});

describe('formatScenario', () => {
  it('shows failed contenders, estimated beats and a busy machine', () => {
    const rows = summarizeSamples(
      [
        sample(0, 'floor', 1),
        sample(0, 'ours', 2, { machineBusy: 0.99, otherCores: 1.234, lateP99Ms: 5, lateIsBound: true }),
        sample(0, 'peer', 8, { scansFrom: 'its nominal beat' }),
        { pair: 0, contender: 'broken', error: 'broken ended: no such flag' },
      ],
      NAMES,
    );
    const text = formatScenario({ name: '100/10', rows });
    expect(text).toContain('### 100 connections, 10 sending every 10 ms\n\n|');
    expect(text).toMatch(/\| ours +\|.* 2 \(2 to 2\) \|.*≤ 5 ms/);
    expect(text).toContain('The machine was shared: others used up to 1.23 cores meanwhile.');
    expect(text).toMatch(/No processor was idle.*: ours\.$/m);
    expect(text).toMatch(/nominal beat.*: peer\.$/m);
    expect(text).toContain('broken failed: broken ended: no such flag.');
    expect(text).not.toMatch(/^\| broken/m);
  });

  it('shows why nothing was measured', () => {
    expect(formatScenario({ name: '50000/0', skipped: 'too little memory' })).toBe(
      '### 50,000 connections, all idle\n\nNot measured: too little memory.',
    );
  });
});

describe('formatTable', () => {
  it('aligns columns', () => {
    expect(
      formatTable(
        ['', 'CPU'],
        [
          ['floor', '1 %'],
          ['ours', '12.3 %'],
        ],
      ),
    ).toBe(['|       |    CPU |', '| ----- | -----: |', '| floor |    1 % |', '| ours  | 12.3 % |'].join('\n'));
  });
});

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [0.01234, '0.012'],
    [1.2345, '1.23'],
    [12.345, '12.3'],
    [20, '20'],
    [1234.5, '1,235'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NaN, '–'],
  ])('writes %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('insertBetweenMarks', () => {
  it('replaces only the text between the marks', () => {
    const document = 'a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n';
    const once = insertBetweenMarks(document, 'new\n');
    expect(once).toBe('a\n<!-- bench -->\nnew\n<!-- /bench -->\nb\n');
    expect(insertBetweenMarks(once, 'new\n')).toBe(once);
  });

  it('returns a new document if there are no marks', () => {
    expect(insertBetweenMarks('', 'new\n')).toBe('new\n');
  });
});
