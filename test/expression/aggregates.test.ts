import { describe, expect, it } from 'vitest';
import {
  compileExpression,
  compileGroupExpression,
  ExpressionError,
  formatExpression,
  measureOf,
} from '../../expression/index.js';
import { VOCABULARY } from './vocabulary.js';

const compile = (text: string) => compileGroupExpression(text, VOCABULARY, { fields: [] });
const error = (text: string): string => {
  try {
    compile(text);
  } catch (thrown) {
    if (thrown instanceof ExpressionError) return thrown.message;
    throw thrown;
  }
  return '';
};

describe('an expression on groups', () => {
  it('compares aggregates', () => {
    const { aggregates, evaluate } = compile('count(where state = close_wait) > 100 and p95(rtt) > 50ms');
    expect(aggregates.map(({ text, function: name }) => [text, name])).toEqual([
      ['count(where state = close_wait)', 'count'],
      ['p95(rtt)', 'p95'],
    ]);
    expect(evaluate({ aggregates: [101, 60_000] })).toBe(true);
    expect(evaluate({ aggregates: [101, 40_000] })).toBe(false);
    expect(evaluate({ aggregates: [101, Number.NaN] })).toBeNull();
    expect(evaluate({ aggregates: [5, Number.NaN] })).toBe(false);
  });

  it('calculates with them, and counts equal ones once', () => {
    const { aggregates, evaluate } = compile('count(where comm:nginx) / count() > 50% or count() > 10');
    expect(aggregates).toHaveLength(2);
    expect(evaluate({ aggregates: [6, 10] })).toBe(true);
    expect(evaluate({ aggregates: [5, 10] })).toBe(false);
    expect(evaluate({ aggregates: [5, 11] })).toBe(true);
  });

  it('keeps the units of what is aggregated', () => {
    for (const text of [
      'sum(sent) > 1MB',
      'avg(rttUs) > 50',
      'max(send) > 1Mbit/s',
      'min(loss) < 5%',
      'count(rtt) > 5',
    ])
      expect([text, error(text)]).toEqual([text, '']);
    expect(error('sum(sent) > 5')).toBe('at 12: 5 has no unit; 5B, 5kB, 5MB?');
    expect(error('count() > 5ms')).toContain('duration');
    expect(error('sum(startTime) > 5')).toContain('times have no sum');
  });

  it('is written again as it was', () => {
    for (const text of ['count() > 5', 'sum(sent where dport 443) / 2 > 1MB', 'p95(rtt - minrtt where a or b) > 5ms']) {
      expect(formatExpression(compile(text).tree)).toBe(text);
    }
  });

  it('says what is wrong', () => {
    expect(error('rtt > 5ms')).toBe("at 0: 'rtt' is no field");
    expect(error('sum() > 5')).toBe("at 4: expected a value, found ')'");
    expect(error('sum(where rtt > 5ms) > 5')).toContain('expected a value of each row for sum');
    expect(error('count(count()) > 5')).not.toBe('');
    expect(error('count(where rto > 5ms) > 5')).toContain("at 12: 'rto' is no field");
    expect(error('count()')).toContain('expected a comparison');
    expect(() => compileExpression('count() > 5', VOCABULARY)).toThrow(ExpressionError);
  });

  it('is about a number', () => {
    const measure = (text: string) => {
      const found = measureOf(compile(text));
      return found === undefined ? undefined : [found.text, found.unit, found.isMoreWorse];
    };
    expect(measure('count() > 5')).toEqual(['count()', '', true]);
    expect(measure('5ms < avg(rtt) and count() > 1')).toEqual(['avg(rtt)', 'us', true]);
    expect(measure('not avg(rtt) < 5ms')).toEqual(['avg(rtt)', 'us', true]);
    expect(measure('max(send) - min(send) <= 5kB/s')).toEqual(['max(send) - min(send)', 'B/s', false]);
    expect(measure('count() = 5')).toEqual(['count()', '', null]);
    const rows = compileExpression('comm:nginx and rtt > 3*minrtt', VOCABULARY);
    expect(measureOf(rows)?.text).toBe('rtt');
    expect(measureOf(compileExpression('comm:nginx', VOCABULARY))).toBeUndefined();
  });
});
