import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compileExpression,
  completeExpression,
  ExpressionError,
  formatExpression,
  type Vocabulary,
} from '../../expression/index.js';
import { CONNECTION_VOCABULARY } from '../../fields/index.js';
import { ROW_VOCABULARY } from '../../live/store/index.js';
import { connectionRow } from '../cmd/summary/rows.js';
import { tokenSoup } from '../expression/trees.js';
import { liveRow } from '../fields/live-rows.js';
import { sectionOf, tableCells } from '../support/document-section.js';
import { cpuMs, mutatedText } from './inputs.js';

/** Number of inputs for each vocabulary; `npm run fuzz:ts -- RUNS` sets it. */
const numRuns = Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 4000);
/** Maximum CPU time for one input. */
const SLOWEST_MS = 2000;
const TIMEOUT_MS = 60_000 + numRuns;

const SEEDS = ['examples-archive', 'examples-live', 'mistakes'].flatMap((mark) =>
  tableCells(sectionOf('docs/expressions.md', mark)).map(([cell = '']) => cell.slice(1, -1)),
);

/** Compiles, evaluates, formats and completes a text; it may throw nothing but its own error. */
function attempt<Row>(text: string, at: number, vocabulary: Vocabulary<Row>, row: Row): void {
  const began = cpuMs();
  completeExpression(text, at, { vocabulary, values: () => ['nginx', '10.0.0.7', 'a b', '"'] });
  try {
    const { tree, evaluate, matches } = compileExpression(text, vocabulary);
    const result = evaluate(row);
    expect([true, false, null]).toContain(result);
    expect(matches(row)).toBe(result === true);
    const again = formatExpression(tree);
    // A text may become longer than an expression may be.
    if (again.length <= 4096) expect(compileExpression(again, vocabulary).evaluate(row), again).toBe(result);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    expect(error.at).toBeGreaterThanOrEqual(0);
    expect(error.at).toBeLessThanOrEqual(text.length);
  }
  const took = cpuMs() - began;
  if (took > SLOWEST_MS) throw new Error(`one input took ${took.toFixed(0)} ms`);
}

const texts = fc.tuple(fc.oneof({ weight: 3, arbitrary: mutatedText(SEEDS) }, tokenSoup), fc.nat(200));

describe('any text as an expression', () => {
  it(
    'on connections of archives is right or an ExpressionError',
    () => {
      const row = connectionRow({});
      const run = ([text, at]: [string, number]): void => attempt(text, at, CONNECTION_VOCABULARY, row);
      fc.assert(fc.property(texts, run), { numRuns });
    },
    TIMEOUT_MS,
  );

  it(
    'on live connections is right or an ExpressionError',
    () => {
      const row = liveRow();
      const run = ([text, at]: [string, number]): void => attempt(text, at, ROW_VOCABULARY, row);
      fc.assert(fc.property(texts, run), { numRuns });
    },
    TIMEOUT_MS,
  );
});
