import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChangeReason,
  type Connection,
  ConnectionCache,
  type ConnectionEnd,
  type ConnectionObserver,
  Exclusions,
  formatUuid,
} from '../../cache/index.js';
import { addressKey, parseAddress } from '../../netlink/index.js';
import { MessageBytes, parseNetlinkMessage } from '../../parse/index.js';
import { buildMessage, type MessageSpec, messageArbitrary, tcpInfo } from '../support/messages.js';

class Recorder implements ConnectionObserver {
  readonly told: string[] = [];
  opened({ uuid }: Connection): void {
    this.told.push(`opened ${uuid}`);
  }
  changed({ uuid, last }: Connection, reason: ChangeReason): void {
    this.told.push(`changed ${uuid} ${last.timestamp} ${reason}`);
  }
  closed({ uuid }: Connection, { timestamp }: ConnectionEnd): void {
    this.told.push(`closed ${uuid} ${timestamp}`);
  }
}

function key(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return addressKey(address.bytes, address.family);
}

function setUp(srcPorts: number[] = [], dst: string[] = []) {
  const recorder = new Recorder();
  const exclusions = new Exclusions({ srcPorts, dstAddressKeys: dst.map(key) });
  const cache = new ConnectionCache({ uuidPrefix: 'h', exclusions, observers: [recorder] });
  const update = (spec: MessageSpec, timestamp = '2026-11-20T00:00:01Z') =>
    cache.update(parseNetlinkMessage(buildMessage(spec), timestamp));
  return { recorder, cache, update };
}

const bytes = (text: string): Uint8Array => parseAddress(text)?.bytes ?? new Uint8Array(16);
const info = (set: Record<number, number> = {}) => [{ type: 2, payload: tcpInfo(280, set) }];

describe('ConnectionCache', () => {
  it('calls other observers from the moment on that they are set', () => {
    const { recorder, cache, update } = setUp();
    const other = new Recorder();
    update({ attributes: info() });
    cache.setObservers([other]);
    update({ attributes: info({ 100: 1 }) }, '2026-11-20T00:00:03Z');
    cache.setObservers([recorder]);
    cache.end(0x1234n, { timestamp: '2026-11-20T00:00:04Z', cause: 'vanished' });
    expect(other.told).toEqual(['changed h_0000000000001234 2026-11-20T00:00:03Z 6']);
    expect(recorder.told).toEqual(['opened h_0000000000001234', 'closed h_0000000000001234 2026-11-20T00:00:04Z']);
  });

  it('publishes opening, changes and end, and nothing for an equal record', () => {
    const { recorder, cache, update } = setUp();
    expect(update({ attributes: info() })).toBe(ChangeReason.PreviousWasNil);
    expect(update({ attributes: info() }, '2026-11-20T00:00:02Z')).toBe(ChangeReason.NoMajorChange);
    expect(update({ attributes: info({ 100: 1 }) }, '2026-11-20T00:00:03Z')).toBe(ChangeReason.StateOrCounterChange);
    expect(cache.size).toBe(1);
    cache.end(0x1234n, { timestamp: '2026-11-20T00:00:04Z', cause: 'vanished' });
    expect(cache.size).toBe(0);
    expect(recorder.told).toEqual([
      'opened h_0000000000001234',
      'changed h_0000000000001234 2026-11-20T00:00:03Z 6',
      'closed h_0000000000001234 2026-11-20T00:00:04Z',
    ]);
  });

  it('publishes the same for messages in place as for parsed messages', () => {
    const [inPlace, parsed] = [setUp(), setUp()];
    const log = ({ recorder }: ReturnType<typeof setUp>): string[] => recorder.told.splice(0);
    let renewed = 0;
    fc.assert(
      fc.property(
        fc.array(messageArbitrary, { minLength: 1, maxLength: 30 }),
        fc.bigInt(1n, 1n << 60n),
        (specs, cookie) => {
          for (const [i, spec] of specs.entries()) {
            const message = buildMessage({ ...spec, cookie });
            const timestamp = `2026-11-20T00:00:${i + 10}Z`;
            const data = Buffer.concat([Buffer.alloc(8), message]);
            const reason = inPlace.cache.renew(new MessageBytes(data), 8, message.length, timestamp, i);
            if (reason !== undefined) renewed++;
            const expected = parsed.cache.update(parseNetlinkMessage(Buffer.from(message), timestamp), i);
            expect(reason ?? inPlace.cache.update(parseNetlinkMessage(message, timestamp), i)).toBe(expected);
            expect([...inPlace.cache.connections()].at(-1)).toEqual([...parsed.cache.connections()].at(-1));
          }
          expect(log(inPlace)).toEqual(log(parsed));
        },
      ),
    );
    expect(renewed).toBeGreaterThan(0);
  });

  it('keeps the identity of the first record', () => {
    const { cache, update } = setUp();
    update({ family: 10, src: bytes('2001:db8::1'), dst: bytes('2001:db8::2'), attributes: info() });
    const [connection] = cache.connections();
    expect(connection).toMatchObject({
      cookie: 0x1234n,
      family: 10,
      startTime: '2026-11-20T00:00:01Z',
      id: { sport: 5001, dport: 40_000, cookie: 0x1234n },
    });
  });

  it('ignores the end of an unknown socket', () => {
    const { recorder, cache } = setUp();
    cache.end(1n, { timestamp: '2026-11-20T00:00:04Z', cause: 'vanished' });
    expect(recorder.told).toEqual([]);
  });

  it('ends every connection once', () => {
    const { recorder, cache, update } = setUp();
    for (let cookie = 1n; cookie <= 3n; cookie++) update({ cookie, attributes: info() });
    cache.endAll('2026-11-20T00:00:09Z');
    cache.endAll('2026-11-20T00:00:10Z');
    expect(recorder.told.filter((line) => line.startsWith('closed'))).toHaveLength(3);
    expect(cache.size).toBe(0);
  });

  it('rejects a record without inet_diag_msg', () => {
    const { cache } = setUp();
    expect(() => cache.update({ timestamp: '2026-11-20T00:00:01Z' })).toThrow(
      expect.objectContaining({ name: 'DecodeError' }),
    );
  });

  it('ends a connection whose socket is connected elsewhere, and opens another', () => {
    const { recorder, cache, update } = setUp();
    update({ dport: 1, attributes: info() });
    update({ dport: 2, attributes: info() }, '2026-11-20T00:00:02Z');
    expect(recorder.told).toEqual([
      'opened h_0000000000001234',
      'closed h_0000000000001234 2026-11-20T00:00:02Z',
      'opened h_0000000000001234',
    ]);
    expect([...cache.connections()].map(({ id, startTime }) => [id.dport, startTime])).toEqual([
      [2, '2026-11-20T00:00:02Z'],
    ]);
  });

  it('applies exclusions again when a socket is connected elsewhere', () => {
    const { recorder, cache, update } = setUp();
    const loopback = { dst: bytes('127.0.0.1'), attributes: info() };
    update(loopback);
    update({ attributes: info() });
    expect([cache.size, cache.excludedSize]).toEqual([1, 0]);
    update(loopback);
    expect([cache.size, cache.excludedSize]).toEqual([0, 1]);
    expect(recorder.told.map((line) => line.split(' ')[0])).toEqual(['opened', 'closed']);
  });

  it('excludes sockets from first record to end, and counts them', () => {
    const { recorder, cache, update } = setUp([9090]);
    expect(update({ sport: 9090, attributes: info() })).toBe(ChangeReason.NoMajorChange);
    expect(update({ sport: 9090, attributes: info({ 100: 1 }) })).toBe(ChangeReason.NoMajorChange);
    expect([cache.size, cache.excludedSize]).toEqual([0, 1]);
    cache.end(0x1234n, { timestamp: '2026-11-20T00:00:04Z', cause: 'vanished' });
    expect(cache.excludedSize).toBe(0);
    expect(recorder.told).toEqual([]);
  });
});

describe('Exclusions', () => {
  const outcome = (spec: MessageSpec, srcPorts: number[] = [], dst: string[] = []) =>
    setUp(srcPorts, dst).update({ ...spec, attributes: info() }) === ChangeReason.NoMajorChange;

  it('match the local port only', () => {
    expect(outcome({ sport: 40_000, dport: 9090 }, [9090])).toBe(false);
    expect(outcome({ sport: 65_535 }, [65_535])).toBe(true);
  });

  it.each([
    ['127.0.0.1', 2],
    ['127.255.0.1', 2],
    ['169.254.1.1', 2],
    ['224.0.0.1', 2],
    ['0.0.0.0', 2],
    ['::1', 10],
    ['::', 10],
    ['fe80::1', 10],
    ['fe80::', 10],
    ['ff02::1', 10],
    ['::ffff:127.0.0.1', 10],
    ['::ffff:169.254.0.9', 10],
  ])('exclude %s as local or remote address', (text, family) => {
    const other = bytes(family === 2 ? '192.0.2.1' : '2001:db8::1');
    expect(outcome({ family, src: bytes(text), dst: other })).toBe(true);
    expect(outcome({ family, src: other, dst: bytes(text) })).toBe(true);
  });

  it.each([
    ['10.0.0.1', 2],
    ['192.168.1.1', 2],
    ['255.255.255.255', 2],
    ['240.0.0.1', 2],
    ['fd00::1', 10],
    ['fec0::1', 10],
    ['7f00:1::', 10],
    ['e000:1::', 10],
    ['2001:db8::', 10],
    ['::ffff:10.0.0.1', 10],
  ])('keep %s', (text, family) => {
    const other = bytes(family === 2 ? '192.0.2.1' : '2001:db8::1');
    expect(outcome({ family, src: bytes(text), dst: other })).toBe(false);
    expect(outcome({ family, src: other, dst: bytes(text) })).toBe(false);
  });

  it('match an IPv4 address also in IPv4-mapped form', () => {
    const mapped = { family: 10, src: bytes('::ffff:192.0.2.1'), dst: bytes('::ffff:198.51.100.7') };
    expect(outcome({}, [], ['198.51.100.7'])).toBe(true);
    expect(outcome(mapped, [], ['198.51.100.7'])).toBe(true);
    expect(outcome({}, [], ['::ffff:198.51.100.7'])).toBe(true);
    expect(outcome({}, [], ['198.51.100.8'])).toBe(false);
    expect(outcome({}, [], ['192.0.2.1'])).toBe(false);
  });
});

describe('formatUuid', () => {
  it('pads the cookie to 16 upper-case digits', () => {
    expect(formatUuid('host_1', 0xbe33n)).toBe('host_1_000000000000BE33');
    expect(formatUuid('host_1', 2n ** 64n - 1n)).toBe('host_1_FFFFFFFFFFFFFFFF');
  });
});
