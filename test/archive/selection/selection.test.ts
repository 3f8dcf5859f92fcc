import { describe, expect, it } from 'vitest';
import { looksLikeEnds, parseEnds } from '../../../archive/selection/ends.js';
import {
  EVERYTHING,
  endsLike,
  isSelected,
  parsePeers,
  parsePorts,
  type Selection,
  selectsAll,
  startsWithin,
} from '../../../archive/selection/selection.js';
import { connectionRow } from '../../cmd/summary/rows.js';

const us = (text: string): number => Date.parse(text) * 1000;
const ROW = connectionRow({});
const IPV6 = connectionRow({ family: 10, localAddress: '2001:db8::7', remoteAddress: '2001:db8:1::1' });

/** Returns the parsed ports or peers of a valid option. */
function parsed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not understood');
  return value;
}

function selects(selection: Partial<Selection>, row = ROW): boolean {
  const whole = { ...EVERYTHING, ...selection };
  const isSelectedNow = isSelected(whole, row);
  // A connection rejected by its first record alone is never one that would have been selected.
  if (isSelectedNow) expect(startsWithin(whole)?.(row, us(row.startTime)) ?? true).toBe(true);
  return isSelectedNow;
}

describe('a selection', () => {
  it('selects everything without options', () => {
    expect([selectsAll(EVERYTHING), startsWithin(EVERYTHING), selects({})]).toEqual([true, undefined, true]);
  });

  it('selects connections with any part in the time range', () => {
    // This connection lasts from 23:28:03.45 to 23:28:05.
    expect(selects({ sinceUs: us('2026-11-20T23:28:04Z') })).toBe(true);
    expect(selects({ sinceUs: us('2026-11-20T23:28:05Z') })).toBe(true);
    expect(selects({ sinceUs: us('2026-11-20T23:28:05.001Z') })).toBe(false);
    expect(selects({ untilUs: us('2026-11-20T23:28:04Z') })).toBe(true);
    expect(selects({ untilUs: us('2026-11-20T23:28:03.4Z') })).toBe(false);
    const clockSetBack = connectionRow({ endTime: '2026-11-20T20:00:00Z' });
    expect(selects({ sinceUs: us('2026-11-20T23:00:00Z') }, clockSetBack)).toBe(true);
  });

  it('matches a port on either side, from lists and ranges', () => {
    for (const text of ['443', '50000', '1,440-450', '49999-50001']) {
      expect(selects({ ports: parsed(parsePorts(text)) }), text).toBe(true);
    }
    expect(selects({ ports: parsed(parsePorts('80,444-49999')) })).toBe(false);
    for (const text of ['', '443,', '70000', 'https', '9-1', '-1']) expect(parsePorts(text), text).toBeUndefined();
  });

  it('matches remote addresses by prefix, IPv4 and IPv6 apart', () => {
    for (const text of ['198.51.100.1', '198.51.100.0/24', '10.0.0.0/8,0.0.0.0/0', '::ffff:198.51.100.0/120']) {
      expect(selects({ peers: parsed(parsePeers(text)) }), text).toBe(true);
    }
    for (const text of ['192.0.2.7', '198.51.101.0/24', '::/0']) {
      expect(selects({ peers: parsed(parsePeers(text)) }), text).toBe(false);
    }
    expect(selects({ peers: parsed(parsePeers('2001:db8::/32')) }, IPV6)).toBe(true);
    expect(selects({ peers: parsed(parsePeers('0.0.0.0/0')) }, IPV6)).toBe(false);
    for (const text of ['', 'host', '10.0.0.1/8', '10.0.0.0/33', '1.2.3'])
      expect(parsePeers(text), text).toBeUndefined();
  });

  it('matches the end of a UUID in any case', () => {
    const row = connectionRow({ uuid: 'host_1_00000000000BEEF1' });
    expect(selects({ uuidEnd: 'beef1' }, row)).toBe(true);
    expect(selects({ uuidEnd: 'beef' }, row)).toBe(false);
    expect(endsLike('Host_1_0A', 'host_1_0a')).toBe(true);
  });
});

describe('the endpoint filter', () => {
  it.each([
    ':443',
    ':50000',
    '198.51.100.1',
    '192.0.2.7',
    '198.51.100.1:443',
    '192.0.2.7:50000',
    '::ffff:198.51.100.1',
    '192.0.2.7:50000-198.51.100.1:443',
    '198.51.100.1:443-192.0.2.7:50000',
    ':50000 -> 198.51.100.1:443',
    '192.0.2.7 → :443',
  ])('%s matches 192.0.2.7:50000 and 198.51.100.1:443', (text) => {
    expect(looksLikeEnds(text)).toBe(true);
    expect(selects({ ends: parsed(parseEnds(text)) })).toBe(true);
  });

  it.each([
    ':80',
    '192.0.2.7:443',
    '198.51.100.1:50000',
    '192.0.2.7:50000-198.51.100.2',
    ':443-:443',
    '::1',
  ])('%s does not match', (text) => {
    expect(selects({ ends: parsed(parseEnds(text)) })).toBe(false);
  });

  it('accepts IPv6', () => {
    for (const text of [
      '2001:db8::7',
      '[2001:db8::7]',
      '[2001:db8:1::1]:443',
      '[2001:DB8::7]:50000-[2001:db8:1::1]:443',
    ])
      expect(selects({ ends: parsed(parseEnds(text)) }, IPV6), text).toBe(true);
  });

  it.each([
    ':70000',
    '10.0.0.2:',
    '[::1',
    '10.0.0.2:443-',
    'host:443',
    '1.2.3.4.5:6',
    ':1-:2-:3',
    ':',
  ])('rejects %s', (text) => {
    expect(parseEnds(text)).toBeUndefined();
  });

  it('is distinguished from UUIDs and paths', () => {
    for (const text of ['00000000000BEEF1', 'host.example.com_1_0A', './10.0.0.2:9', 'data']) {
      expect(looksLikeEnds(text), text).toBe(false);
    }
  });
});
