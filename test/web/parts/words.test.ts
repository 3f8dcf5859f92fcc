import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StoreAnswers } from '../../../live/answers/index.js';
import { PAGE_PROBLEMS } from '../../../web/client/problem-error.js';
import { findFields, PART_TITLES } from '../../../web/help/find-fields.js';
import { adviceFor } from '../../../web/parts/advice.js';
import { fieldWords } from '../../../web/parts/field-words.js';
import { FieldTable, fieldName } from '../../../web/state/field-table.js';
import { MemoryStore } from '../../support/live-store.js';

describe('adviceFor', () => {
  /** Problems of requests that the page does not make. */
  const OTHERS = ['ERR_NO_SERVICE', 'ERR_TOO_MANY_BANS', 'ERR_METHOD', 'ERR_ACCEPT', 'ERR_BODY', 'ERR_HTTP'];
  const source = readFileSync(new URL('../../../live/api/problem.ts', import.meta.url), 'utf8');
  const type = source.slice(
    source.indexOf('export type ProblemCode'),
    source.indexOf(';', source.indexOf('ProblemCode')),
  );
  const codes = [...type.matchAll(/'(ERR_\w+)'/g)].map(([, code = '']) => code);

  it.each([...codes, ...PAGE_PROBLEMS].filter((code) => !OTHERS.includes(code)))('says what to do about %s', (code) => {
    expect(adviceFor({ code })).toMatch(/^[A-Z].*\.$/);
  });

  it('knows no code that does not exist', () => {
    expect(codes.length).toBeGreaterThan(20);
    expect(OTHERS.filter((code) => !codes.includes(code))).toEqual([]);
  });
});

const answer = new StoreAnswers(new MemoryStore(), {
  elapsedMs: () => 0,
  onFault: (error) => {
    throw error;
  },
}).fields();
const fields = new FieldTable(answer);

describe('FieldTable', () => {
  it('finds each field by its name, with its part', () => {
    for (const field of answer.fields) expect(fields.get(fieldName(field))).toBe(field);
  });

  it('takes a name in two parts for the last second', () => {
    expect(fields.get('rtt')?.part).toBe('now');
    expect(fields.get('limitedBy')?.part).toBe('now');
    expect(fields.get('nonsense')).toBeUndefined();
  });
});

describe('fieldWords', () => {
  it('names the struct of the kernel', () => {
    const rtt = fields.get('now.rttUs');
    expect(rtt && fieldWords(rtt)).toEqual({
      unit: 'microseconds',
      source: 'tcpi_rtt of struct tcp_info, since Linux 2.4',
      shortNames: ['rtt'],
    });
  });

  it('names no struct for a computed value', () => {
    const share = fields.get('now.retransmitRateBytes');
    expect(share && fieldWords(share)).toMatchObject({ unit: 'share, 0 to 1', source: '' });
  });

  it('has a struct for each field of the kernel', () => {
    const kernel = answer.fields.filter(({ since }) => since !== null && since !== '');
    const unnamed = kernel.filter((field) => !fieldWords(field).source.includes(' of '));
    // The attribute INET_DIAG_SHUTDOWN is no member of a struct.
    expect(unnamed.map(fieldName)).toEqual(['now.shutdown']);
  });
});

describe('findFields', () => {
  it('finds words in names, meanings, units and sources', () => {
    const names = (text: string): string[] => findFields(answer.fields, text).map(fieldName);
    expect(names('tcpi_rtt')).toContain('now.rttUs');
    expect(names('smoothed microseconds')).toContain('now.rttUs');
    expect(names('SMOOTHED bytes')).toEqual([]);
    expect(names('')).toHaveLength(answer.fields.length);
  });

  it('has a title for the part of each field', () => {
    expect(answer.fields.filter(({ part }) => !PART_TITLES.some(([each]) => each === part))).toEqual([]);
  });
});
