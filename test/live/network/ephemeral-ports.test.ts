import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../cache/index.js';
import { decodeSockId, readFamily } from '../../../inetdiag/index.js';
import { EphemeralPorts } from '../../../live/network/index.js';
import { parseAddress } from '../../../netlink/index.js';
import { parseNetlinkMessage } from '../../../parse/index.js';
import { buildMessage } from '../../support/messages.js';

/** Returns a connection between two addresses, with a source port in the range. */
function connection(src: string, dst: string, dport: number, sport = 40_000, family?: number): Connection {
  const [from, to] = [parseAddress(src), parseAddress(dst)];
  if (from === undefined || to === undefined) throw new Error('no address');
  const message = buildMessage({ family: family ?? to.family, src: from.bytes, dst: to.bytes, sport, dport });
  const last = parseNetlinkMessage(message, '2026-11-21T00:00:00Z');
  const rawIdm = last.rawIdm ?? new Uint8Array();
  // The meter reads no other field of a connection.
  return { id: decodeSockId(rawIdm), family: readFamily(rawIdm), last } as unknown as Connection;
}

const RANGE = new Uint8Array(65_536).fill(1, 40_000, 40_100);

describe('EphemeralPorts', () => {
  const busiest = (...connections: Connection[]) => {
    const ports = new EphemeralPorts(() => RANGE);
    const destinations = connections.map((each) => ports.opened(each));
    const figures = ports.figures();
    for (const [i, each] of connections.entries()) ports.closed(each, destinations[i]);
    expect(ports.figures()).toMatchObject({ used: 0, usedToBusiest: 0 });
    return figures?.usedToBusiest;
  };
  const base = ['192.0.2.1', '198.51.100.1', 443] as const;

  it('distinguishes destinations by both addresses and the remote port', () => {
    const one = connection(...base);
    expect(busiest(one, connection(...base, 40_001))).toBe(2);
    expect(busiest(one, connection('192.0.2.2', base[1], base[2], 40_001))).toBe(1);
    expect(busiest(one, connection(base[0], '198.51.100.2', base[2], 40_001))).toBe(1);
    expect(busiest(one, connection(base[0], base[1], 444, 40_001))).toBe(1);
    const six = ['2001:db8::1', '2001:db8::2', 443] as const;
    expect(busiest(connection(...six), connection(...six, 40_001))).toBe(2);
    expect(busiest(connection(...six), connection('2001:db8::1', '2001:db8::3', 443, 40_001))).toBe(1);
    expect(busiest(connection(...six), connection('2001:db8::4', '2001:db8::2', 443, 40_001))).toBe(1);
  });

  it('treats an IPv4-mapped address as its IPv4 address: both use the same ports', () => {
    const mapped = connection('::ffff:192.0.2.1', '::ffff:198.51.100.1', 443, 40_001);
    expect(busiest(connection(...base), mapped)).toBe(2);
  });

  it('ignores local ports that the kernel does not choose', () => {
    expect(busiest(connection(...base, 39_999))).toBe(0);
    expect(busiest(connection(...base, 40_100))).toBe(0);
  });

  it('lists the busiest destinations, at most as many as asked for', () => {
    const ports = new EphemeralPorts(() => RANGE);
    const open = (count: number, dst: string, dport: number) => {
      const src = dst.includes(':') ? '2001:db8::1' : base[0];
      for (let i = 0; i < count; i++) ports.opened(connection(src, dst, dport, 40_000 + i));
    };
    open(2, '198.51.100.1', 443);
    open(5, '2001:db8::2', 8443);
    open(1, '198.51.100.1', 80);
    open(3, '198.51.100.9', 5432);
    expect(ports.destinationCount).toBe(4);
    expect(ports.busiest(3)).toEqual([
      { localAddress: '2001:db8::1', remoteAddress: '2001:db8::2', remotePort: 8443, ports: 5 },
      { localAddress: '192.0.2.1', remoteAddress: '198.51.100.9', remotePort: 5432, ports: 3 },
      { localAddress: '192.0.2.1', remoteAddress: '198.51.100.1', remotePort: 443, ports: 2 },
    ]);
    expect(ports.busiest(100).map((each) => each.ports)).toEqual([5, 3, 2, 1]);
    expect(new EphemeralPorts(() => RANGE).busiest(3)).toEqual([]);
  });

  it('reports nothing if the range is unknown', () => {
    const ports = new EphemeralPorts(() => undefined);
    expect(ports.opened(connection(...base))).toBeUndefined();
    expect(ports.figures()).toBeUndefined();
  });
});
