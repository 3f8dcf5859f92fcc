import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlertInstance, type Change, type MachineRule, type Reading } from '../../../live/alerts/machine/index.js';

const S = 1e6;
const RULE: MachineRule = { forUs: 3 * S, clearForUs: 2 * S, isMoreWorse: true };

/** Reading of one second: `when` holds, `clear` holds, neither, or it is unknown. */
type Second = 'when' | 'clear' | 'between' | 'unknown';

const READINGS: Readonly<Record<Second, Omit<Reading, 'value'>>> = {
  when: { when: true, clear: false },
  clear: { when: false, clear: true },
  between: { when: false, clear: false },
  unknown: { when: null, clear: null },
};

/** Steps an instance through seconds, and returns the state after each and the changes. */
function run(seconds: readonly (Second | readonly [Second, number])[], rule: MachineRule = RULE, startSec = 0) {
  const instance = new AlertInstance(rule, startSec * S);
  const changes: (Change & { readonly atSec: number })[] = [];
  const states = seconds.map((each, i) => {
    const [second, value] = typeof each === 'string' ? [each, null] : each;
    const change = instance.step({ ...READINGS[second], value }, (startSec + i) * S);
    if (change !== undefined) changes.push({ ...change, atSec: startSec + i });
    return instance.state;
  });
  return { instance, states, changes };
}

const times = (second: Second, count: number): Second[] => new Array<Second>(count).fill(second);

describe('the alert machine', () => {
  it('idle: `when` true begins pending, and tells nothing', () => {
    const { states, changes, instance } = run([['when', 7]]);
    expect(states).toEqual(['pending']);
    expect(changes).toEqual([]);
    expect(instance.value).toBe(7);
    expect(instance.sinceUs).toBe(0);
  });

  it('pending: `when` false goes back to idle, and tells nothing', () => {
    expect(run(['when', 'when', 'clear', 'when'])).toMatchObject({
      states: ['pending', 'pending', 'idle', 'pending'],
      changes: [],
    });
  });

  it('pending: true for `for` fires, with the value and the time since when', () => {
    const { states, changes } = run([
      ['when', 1],
      ['when', 2],
      ['when', 3],
      ['when', 4],
    ]);
    expect(states).toEqual(['pending', 'pending', 'pending', 'firing']);
    expect(changes).toEqual([{ kind: 'firing', value: 4, worst: 4, sinceUs: 0, atSec: 3 }]);
  });

  it('fires at once without `for`', () => {
    expect(run(['when'], { ...RULE, forUs: 0 }).states).toEqual(['firing']);
  });

  it('fires with timers that are a little early', () => {
    const instance = new AlertInstance(RULE, 0);
    instance.step({ ...READINGS.when, value: null }, 0);
    expect(instance.step({ ...READINGS.when, value: null }, 2.95 * S)?.kind).toBe('firing');
  });

  it('firing: `clear` true recovers, `clear` false fires on, and neither tells anything', () => {
    const { states, changes } = run([...times('when', 4), 'clear', 'between', 'clear', 'when']);
    expect(states.slice(3)).toEqual(['firing', 'recovering', 'firing', 'recovering', 'firing']);
    expect(changes).toHaveLength(1);
  });

  it('recovering: clear for `clearFor` resolves, with the worst value and the time of the firing', () => {
    const { states, changes } = run([
      ...times('when', 3),
      ['when', 5],
      ['when', 9],
      ['clear', 2],
      'clear',
      ['clear', 1],
    ]);
    expect(states.at(-1)).toBe('idle');
    expect(changes[1]).toEqual({ kind: 'resolved', reason: 'cleared', value: 1, worst: 9, sinceUs: 3 * S, atSec: 7 });
  });

  it('keeps the least value where less is worse', () => {
    const { changes } = run(
      [
        ['when', 5],
        ['when', 3],
        ['clear', 8],
      ],
      { forUs: 0, clearForUs: 0, isMoreWorse: false },
    );
    expect(changes.at(-1)).toMatchObject({ kind: 'resolved', worst: 3, value: 8 });
  });

  it('needs ×2 of `clearFor` for each earlier firing in the last hour, at most ×8', () => {
    const instance = new AlertInstance({ forUs: 0, clearForUs: 2 * S, isMoreWorse: null }, 0);
    let sec = 0;
    const clearSecs = (): number => {
      instance.step({ ...READINGS.when, value: null }, sec++ * S);
      expect(instance.state).toBe('firing');
      const begun = sec;
      while (instance.isFiring) instance.step({ ...READINGS.clear, value: null }, sec++ * S);
      return sec - begun - 1;
    };
    expect([clearSecs(), clearSecs(), clearSecs(), clearSecs(), clearSecs(), clearSecs()]).toEqual([
      2, 4, 8, 16, 16, 16,
    ]);
    sec += 3600;
    expect(instance.remembers(sec * S)).toBe(false);
    expect([clearSecs(), clearSecs()]).toEqual([2, 4]);
  });

  it('firing and recovering: the end of the connection resolves', () => {
    for (const last of ['when', 'clear'] as const) {
      const { instance } = run([...times('when', 4), last]);
      expect(instance.end('closed')).toMatchObject({ kind: 'resolved', reason: 'closed' });
      expect(instance.state).toBe('idle');
    }
    expect(run(['when']).instance.end('closed')).toBeUndefined();
  });

  it('firing and recovering: a removed rule and the stop of the collector end it', () => {
    expect(run(times('when', 4)).instance.end('removed')).toMatchObject({ kind: 'ended', reason: 'removed' });
    expect(run([...times('when', 4), 'clear']).instance.end('shutdown')).toMatchObject({
      kind: 'ended',
      reason: 'shutdown',
    });
    expect(run(['when', 'when']).instance.end('shutdown')).toBeUndefined();
  });

  it('pending: clocks stand while the value is unknown', () => {
    const { states } = run(['when', 'when', ...times('unknown', 5), 'when', 'when']);
    expect(states.slice(0, -1)).toEqual(new Array(8).fill('pending'));
    expect(states.at(-1)).toBe('firing');
  });

  it('pending: unknown for 10 s counts as not `when`', () => {
    const { states } = run(['when', ...times('unknown', 10)]);
    expect(states.slice(-2)).toEqual(['pending', 'idle']);
  });

  it('firing: unknown for 10 s counts as clear, and resolves with that reason', () => {
    const { states, changes } = run([...times('when', 4), ...times('unknown', 12)]);
    expect(states.slice(-4)).toEqual(['firing', 'recovering', 'recovering', 'idle']);
    expect(changes.at(-1)).toMatchObject({ kind: 'resolved', reason: 'unknown' });
  });

  it('stays idle while it is unknown', () => {
    expect(run(times('unknown', 20)).states.every((state) => state === 'idle')).toBe(true);
  });

  it('does as a naive model does, and resolves only what fired', () => {
    const second = fc.constantFrom<Second>('when', 'when', 'clear', 'clear', 'between', 'unknown');
    const runs = fc.array(fc.tuple(second, fc.integer({ min: 1, max: 14 })), { maxLength: 40 });
    const rules = fc.record({ forUs: fc.integer({ min: 0, max: 4 }), clearForUs: fc.integer({ min: 0, max: 4 }) });
    fc.assert(
      fc.property(runs, rules, (parts, { forUs, clearForUs }) => {
        const seconds = parts.flatMap(([each, count]) => times(each, count));
        const rule = { forUs: forUs * S, clearForUs: clearForUs * S, isMoreWorse: null };
        const { states, changes } = run(seconds, rule);
        expect(states).toEqual(naive(seconds, forUs, clearForUs));
        // Beginnings and ends alternate.
        expect(changes.map(({ kind }) => kind)).toEqual(changes.map((_, i) => (i % 2 === 0 ? 'firing' : 'resolved')));
      }),
      { numRuns: 500 },
    );
  });
});

/** The table of states, from the whole course: in seconds, without clocks that are kept. */
function naive(seconds: readonly Second[], forSec: number, clearForSec: number): string[] {
  const counts = whichCount(seconds);
  let state = 'idle';
  let entered = 0;
  let firings = 0;
  const states: string[] = [];
  const enter = (next: string, i: number): void => {
    state = next;
    entered = i;
  };
  for (const [i, second] of seconds.entries()) {
    const isUnknown = !counts[i];
    // Seconds since the state began; its first one has no time yet.
    const known = counts.slice(entered + 1, i + 1).filter(Boolean).length;
    const good = second === 'clear' || second === 'unknown';
    if (state === 'idle') {
      if (second === 'when') enter(forSec === 0 ? 'firing' : 'pending', i);
    } else if (state === 'pending' && !isUnknown) {
      if (second !== 'when') enter('idle', i);
      else if (known >= forSec) enter('firing', i);
    } else if (state === 'firing' && !isUnknown) {
      if (good) enter('recovering', i);
    } else if (state === 'recovering' && !isUnknown) {
      if (!good) enter('firing', i);
    }
    const isNewFiring = state === 'firing' && states.at(-1) !== 'firing' && states.at(-1) !== 'recovering';
    if (isNewFiring) firings++;
    if (state === 'recovering' && !isUnknown) {
      const factor = 2 ** Math.min(3, firings - 1);
      if ((entered === i ? 0 : known) >= clearForSec * factor) enter('idle', i);
    }
    states.push(state);
  }
  return states;
}

/** Returns which seconds count: all but those that are unknown for less than 10 s. */
function whichCount(seconds: readonly Second[]): boolean[] {
  let unknowns = 0;
  return seconds.map((each) => {
    unknowns = each === 'unknown' ? unknowns + 1 : 0;
    return unknowns === 0 || unknowns >= 10;
  });
}
