import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowJson } from '../../../live/wire/index.js';
import { LiveWindow } from '../../../view/rows/live-window.js';
import { deltaEvent, rowJson, viewEvent } from '../top/rows.js';

const ROW: fc.Arbitrary<RowJson> = fc
  .record({
    i: fc.nat(8),
    rttUs: fc.oneof(fc.nat(3), fc.constant(null)),
    process: fc.constantFrom(null, { pid: 1, command: 'a' }, { pid: 1, command: 'b' }),
    now: fc.boolean(),
    nat: fc.constantFrom(
      null,
      { kind: 'destination', destination: '192.0.2.1:1', source: null } as const,
      { kind: 'both', destination: '192.0.2.1:1', source: '192.0.2.2:2' } as const,
    ),
  })
  .map(({ i, rttUs, process, now, nat }) => {
    return rowJson(i, { process, nat, now: now ? { rttUs, limitedBy: 'cwnd' } : null });
  });
const ROWS = fc.uniqueArray(ROW, { selector: ({ key }) => key });

describe('the window of a view', () => {
  it('equals the next view after the changes to it', () => {
    fc.assert(
      fc.property(ROWS, fc.array(ROWS), (first, others) => {
        const window = new LiveWindow();
        window.view(viewEvent(first));
        let before = first;
        for (const after of others) {
          window.delta(deltaEvent(before, after));
          expect(window.order.map((key) => window.rows.get(key))).toEqual(after);
          expect([...window.rows.keys()].sort()).toEqual(after.map(({ key }) => key).sort());
          before = after;
        }
      }),
    );
  });

  it('keeps its order when a delta has none', () => {
    const window = new LiveWindow();
    window.view(viewEvent([rowJson(1), rowJson(2)], { matched: 7, offset: 5 }));
    const { order: _, ...delta } = deltaEvent([rowJson(1), rowJson(2)], [rowJson(1), rowJson(2)]);
    window.delta(delta);
    expect(window).toMatchObject({ offset: 5, matched: 2, order: [rowJson(1).key, rowJson(2).key] });
  });

  it('counts views that the source left out', () => {
    const window = new LiveWindow();
    window.view(viewEvent([], { skipped: 3 }));
    window.view(viewEvent([], { skipped: 2 }));
    expect(window.skipped).toBe(5);
  });
});
