import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inSlices, type Slicing } from '../../../live/answers/slices.js';
import { StepSorter } from '../../../live/answers/sort-in-steps.js';
import { FakeStore, fakeRow } from './fake-store.js';
import { Harness } from './harness.js';

function setUp(stepMs: number, sliceMs: number) {
  const later: (() => void)[] = [];
  let ms = 0;
  const slicing: Slicing = { elapsedMs: () => ms, later: (work) => later.push(work), sliceMs };
  const spent: number[] = [];
  function* work(steps: number, error?: Error): Generator<void, number, undefined> {
    for (let i = 0; i < steps; i++) {
      ms += stepMs;
      spent.push(ms);
      yield;
    }
    if (error !== undefined) throw error;
    return steps;
  }
  return { slicing, later, work, now: () => ms };
}

describe('inSlices', () => {
  it('does work at once that fits into one slice', async () => {
    const { slicing, later, work } = setUp(0.1, 1);
    const done = inSlices(work(5), slicing);
    expect(later).toHaveLength(0);
    await expect(done).resolves.toBe(5);
  });

  it('begins a new slice once the time of one is over: at most a step longer', async () => {
    const { slicing, later, work, now } = setUp(0.3, 1);
    const done = inSlices(work(10), slicing);
    const slices = [now()];
    for (let next = later.shift(); next !== undefined; next = later.shift()) {
      const before = now();
      next();
      slices.push(now() - before);
    }
    expect(Math.max(...slices)).toBeLessThanOrEqual(1.3);
    expect(slices).toHaveLength(3);
    await expect(done).resolves.toBe(10);
  });

  it('rejects with the error of the work, in the first slice and in later ones', async () => {
    const error = new Error('broken');
    for (const steps of [0, 10]) {
      const { slicing, later, work } = setUp(0.3, 1);
      const done = inSlices(work(steps, error), slicing);
      const caught = done.catch((reason: unknown) => reason);
      for (let next = later.shift(); next !== undefined; next = later.shift()) expect(next).not.toThrow();
      expect(await caught).toBe(error);
    }
  });
});

describe('StepSorter', () => {
  it('returns the first elements that a plain sort gives, whatever their number', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 3000, size: 'max' }),
        fc.nat({ max: 3000 }),
        (list, most) => {
          const sorter = new StepSorter<number>((a, b) => a - b, most);
          for (const element of list) if (sorter.add(element)) [...sorter.tidy()];
          const work = sorter.first();
          let step = work.next();
          while (step.done !== true) step = work.next();
          expect(step.value).toEqual(list.toSorted((a, b) => a - b).slice(0, most));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('long answers', () => {
  const rows = Array.from({ length: 3000 }, (_, i) =>
    fakeRow({ uuid: `h_${i}`, cookie: BigInt(i), sent: (i * 7919) % 3001, remotePort: i % 100, command: `c${i % 10}` }),
  );

  it('take many steps, and a look at the clock after each', async () => {
    // Each look takes longer than a slice: after every step there is another slice.
    const harness = new Harness(new FakeStore(rows), 2);
    const view = await harness.answer(harness.answers.view({ sort: 'send', limit: 3000, fields: 'all' }));
    expect(view.connections).toHaveLength(3000);
    expect(harness.slices.length).toBeGreaterThan(200);
    harness.slices.length = 0;
    const groups = await harness.answer(harness.answers.groups({ by: 'uuid', limit: 3000 }));
    expect(groups.groups).toHaveLength(3000);
    expect(harness.slices.length).toBeGreaterThan(3000);
    harness.slices.length = 0;
    await harness.answer(harness.answers.viewBytes({ sort: 'send', limit: 3000 }));
    expect(harness.slices.length).toBeGreaterThan(200);
  });

  it('are made one after the other, and one that fails does not stop the next', async () => {
    const store = new FakeStore(rows);
    const harness = new Harness(store, 2);
    const order: string[] = [];
    const first = harness.answers.view({}).then(() => order.push('first'));
    const broken = harness.answers.groups({ by: 'comm', filter: 'sport = 1' });
    const bad = harness.answers.view({ sort: 'nope' }).catch(() => order.push('refused at once'));
    const last = harness.answers.viewBytes({}).then(() => order.push('last'));
    let calls = 0;
    store.rows = () => {
      if (++calls === 2) throw new Error('a fault');
      return rows.values();
    };
    const [result] = await Promise.allSettled([broken, harness.answer(Promise.all([first, bad, last]))]);
    expect(result).toMatchObject({ status: 'rejected', reason: { message: 'a fault' } });
    expect(order).toEqual(['refused at once', 'first', 'last']);
  });
});
