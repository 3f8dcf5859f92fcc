import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConnectionRow, HOW_ENDED, LIMITED_BY } from '../../../analysis/index.js';
import { SummaryAccumulator } from '../../../cmd/tcp-info/summary/accumulator.js';
import { summaryHtml } from '../../../cmd/tcp-info/summary/html.js';
import { summaryText } from '../../../cmd/tcp-info/summary/text.js';
import { Top } from '../../../cmd/tcp-info/summary/top.js';
import { connectionRow } from './rows.js';

const PLAIN = { width: 80, unicode: false, paint: (_: unknown, text: string): string => text };

function sumUp(rows: readonly ConnectionRow[]): SummaryAccumulator {
  const summary = new SummaryAccumulator();
  for (const row of rows) summary.add(row);
  return summary;
}

const ROWS = fc.array(
  fc
    .record({
      bytesSent: fc.option(fc.nat()),
      bytesReceived: fc.option(fc.nat()),
      bytesRetrans: fc.option(fc.nat()),
      totalRetrans: fc.option(fc.nat({ max: 50 })),
      medianRttUs: fc.option(fc.integer({ min: 1, max: 0xffff_ffff })),
      durationUs: fc.option(fc.nat()),
      remoteAddress: fc.constantFrom('192.0.2.1', '2001:db8::1', null),
      localPort: fc.constantFrom(443, 50_000, null),
      howEnded: fc.constantFrom(...HOW_ENDED),
      limitedBy: fc.option(fc.constantFrom(...LIMITED_BY)),
    })
    .map(connectionRow),
  { maxLength: 60 },
);

describe('a summary', () => {
  it('counts every connection once in each of its lists', () => {
    fc.assert(
      fc.property(ROWS, (rows) => {
        const { view } = sumUp(rows);
        const total = (counts: readonly number[]): number => counts.reduce((sum, each) => sum + each, 0);
        expect(view.connections).toBe(rows.length);
        expect(total(Object.values(view.ended))).toBe(rows.length);
        expect(total(Object.values(view.closedFirst))).toBe(rows.length);
        expect(total(view.peers.map(({ connections }) => connections))).toBe(rows.length);
        expect(total(view.ports.map(({ connections }) => connections))).toBe(rows.length);
        expect(total(view.peers.map(({ bytesReceived }) => bytesReceived))).toBe(view.bytesReceived);
        const known = rows.filter(({ medianRttUs }) => medianRttUs !== null);
        expect(total(view.rtt.ranges.map(({ connections }) => connections))).toBe(known.length);
        for (const text of [summaryText(view, PLAIN), summaryHtml(view), JSON.stringify(view)]) {
          expect(text).not.toMatch(/NaN|undefined|Infinity/);
        }
      }),
    );
  });

  it('is plain ASCII where nothing else is wanted, and fits the width', () => {
    const rows = [connectionRow({ totalRetrans: 12, bytesRetrans: 100, medianRttUs: 900 }), connectionRow({})];
    const text = summaryText(sumUp(rows).view, PLAIN);
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const part of ['2 connections', 'Busiest peers', '443 remote', 'Most retransmitted', 'How they ended'])
      expect(text).toContain(part);
  });

  it('ranks a telling share of retransmissions above one of few packets', () => {
    const { view } = sumUp([
      connectionRow({ uuid: 'few', totalRetrans: 1, bytesRetrans: 900, bytesSent: 1000 }),
      connectionRow({ uuid: 'many', totalRetrans: 40, bytesRetrans: 100, bytesSent: 1000 }),
      connectionRow({ uuid: 'more', totalRetrans: 50, bytesRetrans: 200, bytesSent: 1000 }),
      connectionRow({ uuid: 'none', totalRetrans: 0 }),
    ]);
    expect(view.retransmitters.map(({ uuid }) => uuid)).toEqual(['more', 'many', 'few']);
    expect(view.retransmitters.map(({ share }) => share)).toEqual([0.2, 0.1, 0.9]);
  });

  it('escapes what comes from archives', () => {
    const uuid = `<img src=x onerror=alert(1)>\u001b[31m`;
    const { view } = sumUp([connectionRow({ uuid, totalRetrans: 3, remoteAddress: '"><b>' })]);
    expect(summaryHtml(view)).not.toMatch(/<img|<b>|\u001b/);
    expect(summaryText(view, { ...PLAIN, unicode: true })).not.toContain('\u001b');
  });

  it('is empty without a connection', () => {
    const { view } = sumUp([]);
    expect(summaryText(view, PLAIN)).toMatch(/^0 connections\n/);
    expect(summaryHtml(view)).toContain('<h1>0 TCP connections</h1>');
  });
});

describe('the heaviest of many names', () => {
  it('are exact up to twice the names that are kept, and bounded beyond', () => {
    const top = new Top<{ weight: number }>(10);
    const add = (name: string, weight: number): void =>
      top.add(name, (known) => ({ weight: (known?.weight ?? 0) + weight }));
    for (let i = 0; i < 20; i++) add(`n${i}`, i);
    expect(top.forgot).toBe(false);
    expect(top.heaviest(2)).toEqual([
      ['n19', { weight: 19 }],
      ['n18', { weight: 18 }],
    ]);
    for (let i = 0; i < 10_000; i++) {
      add(`once${i}`, 1);
      add('often', 1);
    }
    expect(top.forgot).toBe(true);
    expect(top.heaviest(1)[0]?.[0]).toBe('often');
    expect(top.heaviest(100_000).length).toBeLessThanOrEqual(20);
  });
});
