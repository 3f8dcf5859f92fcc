import { describe, expect, it } from 'vitest';
import { ROW_FIELDS } from '../../../live/store/index.js';
import type { RowJson } from '../../../live/wire/index.js';
import { rowFacts } from '../../../view/rows/index.js';
import { factPairs } from '../../../web/compare/fact-pairs.js';

function facts(row: RowJson): ReturnType<typeof rowFacts> {
  return rowFacts(row, ROW_FIELDS, { unicode: true, bytes: false });
}

describe('facts of two connections', () => {
  it('stand side by side, with the quotient of measured values', () => {
    const [part] = factPairs(
      facts({ now: { rttUs: 20_000, sndCwnd: 10 } }),
      facts({ now: { rttUs: 30_000, sndCwnd: 10 } }),
    );
    expect(part?.title).toBe('Last second');
    expect(part?.pairs.map(({ name, texts, differs, ratio }) => [name, ...texts, differs, ratio])).toEqual([
      ['rttUs', '20 ms', '30 ms', true, '× 1.5'],
      ['sndCwnd', '10', '10', false, ''],
    ]);
  });

  it('have no quotient of identifiers, texts, and zero', () => {
    const parts = factPairs(
      facts({ state: 'ESTABLISHED', now: { rttUs: 0 }, process: { pid: 2 } }),
      facts({ state: 'CLOSE_WAIT', now: { rttUs: 5 }, process: { pid: 4 } }),
    );
    expect(parts.flatMap(({ pairs }) => pairs.map(({ ratio }) => ratio))).toEqual(['', '', '']);
  });

  it('keep what only one of them has', () => {
    const parts = factPairs(facts({ state: 'ESTABLISHED' }), facts({ process: { pid: 4 } }));
    expect(parts.map(({ title, pairs }) => [title, pairs[0]?.texts])).toEqual([
      ['Connection', ['ESTABLISHED', undefined]],
      ['Process', [undefined, '4']],
    ]);
  });
});
