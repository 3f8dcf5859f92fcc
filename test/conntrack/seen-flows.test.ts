import { describe, expect, it } from 'vitest';
import { SeenFlows } from '../../conntrack/socket/seen-flows.js';

describe('seen flows', () => {
  it('are those that were added, also more than fit one array and some twice', () => {
    const seen = new SeenFlows();
    const count = 40_000;
    for (let identity = 0; identity < count; identity++) seen.add(identity);
    for (let identity = 0; identity < count; identity++) seen.add(identity);
    for (let identity = 0; identity < count; identity++) expect(seen.take(identity)).toBe(false);
    expect([seen.take(count), seen.take(count), seen.isFull]).toEqual([true, false, false]);
    seen.add(count + 1);
    expect(seen.take(count + 1)).toBe(false);
  });

  it('are no more than the bound', () => {
    const seen = new SeenFlows(3);
    for (let identity = 0; identity < 3; identity++) seen.add(identity);
    expect(seen.isFull).toBe(false);
    seen.add(3);
    expect(seen.isFull).toBe(true);
  });
});
