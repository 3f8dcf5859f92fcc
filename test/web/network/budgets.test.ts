import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NetworkJson } from '../../../live/wire/index.js';
import {
  budgetsOf,
  COUNTERS,
  growthOf,
  listenerAdvice,
  portsAdvice,
  pressureOf,
  shareOf,
} from '../../../web/network/budgets.js';

const NETWORK: NetworkJson = {
  time: '2026-11-28T19:05:00.000Z',
  listeners: null,
  localPorts: { ports: 100, used: 90, usedToBusiest: 85, destinationCount: 0, destinations: [] },
  sockets: { inUse: 9, timeWait: 5, maxTimeWait: 10, orphans: 3, maxOrphans: null },
  memory: { usedBytes: 4096, pressureBytes: null, maxBytes: null },
  conntrack: { entries: 1, maxEntries: 0, drops: 0, earlyDrops: 0 },
  counters: { activeOpens: 10, listenDrops: 7 },
  unknown: [],
};

const LISTENER = { localAddress: '::', localPort: 443, queued: 0, backlog: 100, fillRatio: 0, drops: 0, halfOpen: 0 };
const DOCS = readFileSync(join(import.meta.dirname, '../../../docs/troubleshooting.md'), 'utf8');

describe('limits of the machine', () => {
  it('have a state of their own from 80 % on', () => {
    expect([null, 0, 0.79, 0.8, 0.999, 1, 1.2].map(pressureOf)).toEqual([
      ...['fine', 'fine', 'fine', 'near', 'near', 'full', 'full'],
    ]);
  });

  it('are those that are known', () => {
    const budgets = budgetsOf(NETWORK);
    expect(budgets.map(({ text }) => text)).toEqual(['90 of 100', '5 of 10', '3', '4.1 kB', '1 of 0']);
    expect(budgets.map(shareOf)).toEqual([0.9, 0.5, null, null, null]);
    expect(budgetsOf({ ...NETWORK, localPorts: null, sockets: null, memory: null, conntrack: null })).toEqual([]);
  });

  it('say what to do when they are near, and name sections that exist', () => {
    expect(listenerAdvice(LISTENER)).toBeUndefined();
    const advices = [
      listenerAdvice({ ...LISTENER, fillRatio: 1 }),
      listenerAdvice({ ...LISTENER, halfOpen: 80 }),
      portsAdvice(80, 100),
      ...budgetsOf(NETWORK).map(({ advice }) => advice),
    ];
    expect(portsAdvice(79, 100)).toBeUndefined();
    for (const advice of advices) {
      expect(advice).toMatch(/\.$/);
      const section = /docs\/troubleshooting\.md, (\w+)/.exec(advice ?? '')?.[1];
      if (section !== undefined) expect(DOCS).toContain(`### ${section}\n`);
    }
  });
});

describe('growth of counters', () => {
  const later: NetworkJson = {
    ...NETWORK,
    time: '2026-11-28T19:05:02.000Z',
    counters: { activeOpens: 14, listenDrops: 3 },
  };

  it('is per second, and unknown where a counter began anew', () => {
    expect(growthOf(NETWORK, later)).toEqual({ activeOpens: 2 });
  });

  it('is unknown before a second reading', () => {
    expect(growthOf(undefined, later)).toBeUndefined();
    expect(growthOf(NETWORK, NETWORK)).toBeUndefined();
  });

  it('names each counter once', () => {
    const names = COUNTERS.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
