import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointCell } from '../../../view/rows/endpoint-cell.js';

describe('an endpoint in a column', () => {
  it.each([
    ['10.0.0.1', 443, 21, '10.0.0.1:443'],
    ['198.51.100.7', 51972, 16, '….51.100.7:51972'],
    ['198.51.100.7', 51972, 9, '….7:51972'],
    ['198.51.100.7', 51972, 8, '…:51972'],
    ['198.51.100.7', 51972, 6, ':51972'],
    ['198.51.100.7', 51972, 5, ''],
    ['2001:db8::1', 443, 18, '[2001:db8::1]:443'],
    ['2001:db8:85a3:8d3:1319:8a2e:370:7344', 443, 24, '[2001:…:370:7344]:443'],
    [null, null, 10, 'unknown'],
  ] as const)('%s:%s within %i columns is %j', (address, port, width, text) => {
    expect(endpointCell(address, port, width, true)).toBe(text);
  });

  it('never has part of a number', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 0, max: 60 }), (ip, port, width) => {
        const text = endpointCell(ip, port, width, true);
        expect(text.length).toBeLessThanOrEqual(width);
        const groups = new Set([...ip.split(/[.:]/), String(port), '']);
        for (const group of text.split(/[.:[\]…]/)) expect(groups).toContain(group);
      }),
    );
  });
});
