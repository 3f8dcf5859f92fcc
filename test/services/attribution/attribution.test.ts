import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../netlink/index.js';
import {
  Attribution,
  type Listener,
  ListenerTable,
  type LocalEnd,
  listenerSid,
  listenText,
  type OpenerFields,
  openedBy,
  openedByFinal,
  ServiceIndex,
} from '../../../services/attribution/index.js';
import { parseServices } from '../../../services/config/index.js';
import { TcpState } from '../../../tcp/index.js';

/** Local end by text; a mapped address is AF_INET6, as in the kernel. */
function end(text: string, sport: number, device = 0, namespace = 0): LocalEnd {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(`no address: ${text}`);
  return { namespace, family: address.family, id: { src: address.bytes, sport, interface: device } };
}

let cookies = 0n;
function listener(text: string, port: number, rest: Partial<Listener> & { device?: number } = {}): Listener {
  const { namespace, family, id } = end(text, port, rest.device, rest.namespace);
  cookies++;
  return {
    namespace,
    family,
    queued: 0,
    backlog: 128,
    ...rest,
    id: { ...id, dport: 0, dst: new Uint8Array(16), cookie: cookies },
  };
}

describe('ListenerTable', () => {
  const any4 = listener('0.0.0.0', 80);
  const any6 = listener('::', 80);
  const only6 = listener('::', 81, { isV6only: true });
  const both = listener('::', 82);
  const one = listener('10.0.0.1', 80);
  const oneOnDevice = listener('10.0.0.1', 80, { device: 3 });
  const anyOnDevice = listener('0.0.0.0', 80, { device: 3 });
  const mapped = listener('::ffff:10.0.0.9', 80);
  const elsewhere = listener('0.0.0.0', 80, { namespace: 7 });
  const table = new ListenerTable();
  for (const each of [any4, any6, only6, both, one, oneOnDevice, anyOnDevice, mapped, elsewhere]) table.set(each);

  it.each([
    ['the address', end('10.0.0.1', 80), one],
    ['the address on a bound device', end('10.0.0.1', 80, 3), oneOnDevice],
    ['all addresses of the family', end('10.0.0.2', 80), any4],
    ['all addresses on a bound device', end('10.0.0.2', 80, 3), anyOnDevice],
    ['all addresses, although the socket has a device', end('10.0.0.2', 80, 4), any4],
    ['all IPv6 addresses', end('2001:db8::1', 80), any6],
    ['[::] for an IPv4-mapped end', end('::ffff:10.0.0.2', 82), both],
    ['[::] for an IPv4 end', end('10.0.0.2', 82), both],
    ['0.0.0.0 before [::] for an IPv4-mapped end', end('::ffff:10.0.0.2', 80), any4],
    ['an IPv4-mapped listener for an IPv4 end', end('10.0.0.9', 80), mapped],
    ['nothing of a v6-only listener for IPv4', end('10.0.0.2', 81), undefined],
    ['a v6-only listener for IPv6', end('::1', 81), only6],
    ['nothing on another port', end('10.0.0.1', 83), undefined],
    ['the listener of its namespace', end('10.0.0.1', 80, 0, 7), elsewhere],
  ])('finds %s', (_, local, expected) => {
    expect(table.find(local)).toBe(expected);
  });

  it('forgets a listener that has gone, and keeps others of its port', () => {
    const gone = new ListenerTable();
    for (const each of [any4, one]) gone.set(each);
    expect([gone.size, gone.delete(0, one.id.cookie), gone.delete(0, one.id.cookie), gone.size]).toEqual([
      2,
      true,
      false,
      1,
    ]);
    expect(gone.find(end('10.0.0.1', 80))).toBe(any4);
    gone.set({ ...any4, queued: 5 });
    expect(Array.from(gone.all(), ({ queued }) => queued)).toEqual([5]);
  });

  it('names services: those of all addresses of a port are one', () => {
    expect([any4, any6, one, listener('::1', 22)].map((each) => [listenerSid(each), listenText(each)])).toEqual([
      ['*:80', '0.0.0.0:80'],
      ['*:80', '[::]:80'],
      ['10.0.0.1:80', '10.0.0.1:80'],
      ['[::1]:22', '[::1]:22'],
    ]);
  });
});

describe('ServiceIndex', () => {
  it('finds the most specific service of a local end', async () => {
    const { services } = await parseServices(
      'any: {listen_port: "80,8000-8010"}\nfour: {listen_ip: 0.0.0.0, listen_port: 80}\none: {listen_ip: 10.0.0.1, listen_port: 1-9000}',
      'f',
    );
    const index = new ServiceIndex(services);
    const name = (local: LocalEnd): string | undefined => index.find(local)?.name;
    expect(name(end('10.0.0.1', 80))).toBe('one');
    expect(name(end('::ffff:10.0.0.1', 8_005))).toBe('one');
    expect(name(end('10.0.0.2', 80))).toBe('four');
    expect(name(end('10.0.0.2', 8_000))).toBe('any');
    expect(name(end('2001:db8::1', 8_010))).toBe('any');
    expect(name(end('2001:db8::1', 8_011))).toBeUndefined();
    expect(name(end('::1', 79))).toBeUndefined();
  });
});

/** Record of an established socket with nothing in flight. */
function fields(rest: Partial<OpenerFields>): OpenerFields {
  return {
    state: TcpState.ESTABLISHED,
    unacked: 0,
    bytesAcked: 1,
    bytesSent: 0,
    bytesRetrans: 0,
    bytesReceived: 0,
    ...rest,
  };
}

describe('openedBy', () => {
  it.each([
    ['a connecting socket', { state: TcpState.SYN_SENT, bytesAcked: 0 }, 'local'],
    ['a handshake that came in', { state: TcpState.SYN_RECV }, 'remote'],
    ['a socket that connected', {}, 'local'],
    ['an accepted one', { bytesAcked: 0 }, 'remote'],
    ['one that connected and sent', { bytesAcked: 1_001, bytesSent: 1_500, bytesRetrans: 500 }, 'local'],
    ['an accepted one that sent', { bytesAcked: 1_000, bytesSent: 1_500, bytesRetrans: 500 }, 'remote'],
    ['one with data in flight', { unacked: 1, bytesAcked: 1, bytesSent: 100 }, undefined],
    ['an accepted one whose peer acknowledges nothing', { unacked: 3, bytesAcked: 0, bytesSent: 100 }, 'remote'],
    ['one whose peer has closed', { state: TcpState.CLOSE_WAIT, bytesAcked: 1 }, 'local'],
    ['one that has sent its FIN', { state: TcpState.FIN_WAIT2, bytesAcked: 1 }, undefined],
    ['a refused connect', { state: TcpState.CLOSE, bytesAcked: 0 }, undefined],
    ['TIME_WAIT, which has no counters', { state: TcpState.TIME_WAIT, bytesAcked: null }, undefined],
    ['a kernel without bytes_sent', { bytesAcked: 7, bytesSent: undefined }, undefined],
    ['counters that do not fit', { bytesAcked: 7 }, undefined],
  ] as const)('%s', (_, given, expected) => {
    expect(openedBy(fields(given))).toBe(expected);
  });

  it.each([
    [2, 100, 'local'],
    [0, 100, 'remote'],
    [1, 100, undefined],
    [0, 0, undefined],
  ] as const)('final counters with %i acknowledged bytes besides %i of payload', (extra, sent, expected) => {
    expect(openedByFinal(fields({ state: TcpState.CLOSE, bytesAcked: sent + extra, bytesSent: sent }))).toBe(expected);
  });
});

describe('Attribution', () => {
  it('decides once, at the first record that shows who opened', () => {
    const attribution = new Attribution('web');
    expect(attribution.add(fields({ unacked: 1, bytesAcked: 5, bytesSent: 9 }))).toEqual({
      kind: 'pending',
      service: 'web',
    });
    expect(attribution.add(fields({ bytesAcked: 9, bytesSent: 9 }))).toEqual({ kind: 'service', service: 'web' });
    expect(attribution.add(fields({}))).toEqual({ kind: 'service', service: 'web' });
  });

  it("leaves out a client that uses a service's port as its source", () => {
    const attribution = new Attribution('web');
    expect(attribution.add(fields({}))).toEqual({ kind: 'other' });
    expect(attribution.finish(undefined)).toEqual({ kind: 'other' });
  });

  it('gives a connection that ended too early to its listener', () => {
    expect(new Attribution('web').finish(undefined)).toEqual({ kind: 'service', service: 'web' });
    const short = fields({ state: TcpState.CLOSE, bytesAcked: 11, bytesSent: 10 });
    expect(new Attribution('web').finish(short)).toEqual({ kind: 'service', service: 'web' });
    expect(new Attribution('web').finish({ ...short, bytesAcked: 12 })).toEqual({ kind: 'other' });
    expect(new Attribution(undefined).finish(short)).toEqual({ kind: 'other' });
  });
});
