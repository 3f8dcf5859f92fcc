import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_SCENARIOS, describeScenario, parseScenario, shareOut } from '../../bench/scenario.mjs';

describe('parseScenario', () => {
  it('parses held connections, closes per second and the parts of the code', () => {
    expect(parseScenario('1000/100')).toEqual({ kind: 'held', name: '1000/100', connections: 1000, active: 100 });
    expect(parseScenario('10000/s')).toEqual({ kind: 'closes', name: '10000/s', perSecond: 10_000 });
    expect(parseScenario('micro')).toEqual({ kind: 'micro', name: 'micro' });
  });

  it.each([
    '',
    '0/0',
    '5/6',
    '1000',
    '1000/',
    '/s',
    '0/s',
    '-1/0',
    '01/0',
    '1/0 ',
    '9999999/0',
    'Micro',
  ])('refuses %j', (name) => {
    expect(parseScenario(name)).toBeUndefined();
  });

  it('accepts and describes every measured scenario', () => {
    const described = ALL_SCENARIOS.map((name) => {
      const scenario = parseScenario(name);
      return scenario === undefined ? name : describeScenario(scenario);
    });
    expect(described).toContain('10,000 connections, 500 sending every 10 ms');
    expect(described).toContain('50,000 connections, all idle');
    expect(described).toContain('1,000 connections opened and closed a second');
    expect(new Set(described).size).toBe(ALL_SCENARIOS.length);
  });
});

describe('shareOut', () => {
  it('assigns every connection and every active one to a process, within the limit per process', () => {
    const input = fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.nat({ max: 2000 }), fc.integer({ min: 1, max: 2000 }));
    fc.assert(
      fc.property(input, ([connections, wanted, most]) => {
        const active = Math.min(wanted, connections);
        const shares = shareOut(connections, active, most);
        const sum = (name: 'connections' | 'active'): number => shares.reduce((total, share) => total + share[name], 0);
        expect(sum('connections')).toBe(connections);
        expect(sum('active')).toBe(active);
        for (const share of shares) {
          expect(share.connections).toBeLessThanOrEqual(most);
          expect(share.active).toBeLessThanOrEqual(share.connections);
        }
      }),
    );
  });
});
