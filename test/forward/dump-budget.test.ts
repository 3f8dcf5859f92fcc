import { describe, expect, it } from 'vitest';
import { DumpBudget } from '../../forward/dump-budget.js';

describe('DumpBudget', () => {
  it('gives N bytes of a rate of N at once, N a second later, and not one more', () => {
    let nowMs = 5_000;
    const budget = new DumpBudget(1000, () => nowMs);
    expect([budget.take(999), budget.take(2), budget.take(1)]).toEqual([999, 1, 0]);
    nowMs += 500;
    expect(budget.take(1000)).toBe(500);
    nowMs += 60_000;
    expect([budget.take(5000), budget.take(1)]).toEqual([1000, 0]);
  });

  it('takes a lower rate at once', () => {
    const budget = new DumpBudget(1000, () => 0);
    budget.bytesPerSec = 10;
    expect(budget.take(1000)).toBe(10);
  });
});
