import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PortGroup, PortGroups } from '../../../live/network/index.js';

const group = (first: number, last = first): PortGroup => ({ text: `${first}-${last}`, first, last });

describe('PortGroups', () => {
  it('matches the local port first, then the remote port', () => {
    const groups = new PortGroups([group(443), group(5000, 5010)]);
    expect(groups.seriesOf({ sport: 443, dport: 5000 })).toBe(0);
    expect(groups.seriesOf({ sport: 40_000, dport: 443 })).toBe(1);
    expect(groups.seriesOf({ sport: 5010, dport: 443 })).toBe(2);
    expect(groups.seriesOf({ sport: 5011, dport: 5000 })).toBe(3);
    expect(groups.seriesOf({ sport: 5011, dport: 4999 })).toBe(4);
  });

  it('has one series for all ports without a group', () => {
    const groups = new PortGroups([]);
    for (const port of [0, 1, 443, 65_535]) expect(groups.seriesOf({ sport: port, dport: port })).toBe(0);
  });

  it('finds the same group as a search through the ranges', () => {
    const port = fc.nat({ max: 65_535 });
    const ranges = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 128 }).map((ports) => {
      const sorted = ports.sort((a, b) => a - b);
      return Array.from({ length: Math.floor(sorted.length / 2) }, (_, i) =>
        group(sorted[2 * i] ?? 0, sorted[2 * i + 1] ?? 0),
      );
    });
    fc.assert(
      fc.property(ranges, port, port, (groups, sport, dport) => {
        const holding = (wanted: number) => groups.findIndex(({ first, last }) => first <= wanted && wanted <= last);
        const [local, remote] = [holding(sport), holding(dport)];
        const expected = local >= 0 ? 2 * local : remote >= 0 ? 2 * remote + 1 : 2 * groups.length;
        expect(new PortGroups(groups).seriesOf({ sport, dport })).toBe(expected);
      }),
    );
  });
});
