import { describe, expect, it } from 'vitest';
import {
  ChangeReason,
  ConnectionCache,
  type ConnectionObserver,
  type EventOutcome,
  Exclusions,
  type SlotValues,
} from '../../cache/index.js';
import { decodeInetDiagMsg, INET_DIAG_CONG, INET_DIAG_INFO } from '../../inetdiag/index.js';
import { type ArchivedRecord, parseNetlinkMessage } from '../../parse/index.js';
import { decodeTcpInfo, TcpState } from '../../tcp/index.js';
import { buildMessage, type MessageSpec, tcpInfo, tcpInfoBytes } from '../support/messages.js';

const COOKIE = 0x1234n;
const EXCLUDED_PORT = 9090;
const BBR = Buffer.from('bbr\0');

/** Returns the time of a record received at this second of the day. */
const at = (second: number): string => `2026-11-20T00:00:${String(second).padStart(2, '0')}Z`;

/** Returns a record of a scan. */
function seen(second: number, spec: MessageSpec & { sent?: number } = {}): ArchivedRecord {
  const { sent = 0, ...message } = spec;
  const attributes = [
    { type: INET_DIAG_INFO, payload: tcpInfoBytes(sent, 0) },
    { type: INET_DIAG_CONG, payload: BBR },
  ];
  return parseNetlinkMessage(buildMessage({ attributes, ...message }), at(second));
}

/** Returns a record of a destroy event. */
function told(second: number, spec: MessageSpec & { sent?: number } = {}): ArchivedRecord {
  const { sent = 0, ...message } = spec;
  const attributes = [{ type: INET_DIAG_INFO, payload: tcpInfoBytes(sent, 0) }];
  return parseNetlinkMessage(buildMessage({ type: 20, state: TcpState.CLOSE, attributes, ...message }), at(second));
}

const SOURCE = Uint8Array.of(192, 0, 2, 7);
/** tcp_info fields that the kernel keeps for a socket that had opened: smallest RTT, 700 us, and the peer's window. */
const OPENED: MessageSpec = {
  attributes: [{ type: INET_DIAG_INFO, payload: tcpInfo(280, { 148: 700 & 0xff, 149: 700 >> 8, 230: 1 }) }],
};

/** Returns the destroy event of a disconnected socket: no local address, no remote port, no counters. */
function disconnected(second: number, spec: MessageSpec = {}): ArchivedRecord {
  const attributes = [{ type: INET_DIAG_INFO, payload: tcpInfo(280, { 0: TcpState.CLOSE }) }];
  const src = new Uint8Array(4);
  return parseNetlinkMessage(
    buildMessage({ type: 20, state: TcpState.CLOSE, attributes, dport: 0, src, ...spec }),
    at(second),
  );
}

function setUp(maxRecentlyClosed?: number) {
  const log: string[] = [];
  const opened = new Set<SlotValues>();
  const observer: ConnectionObserver = {
    opened: ({ id, firstSeen, slots, startTime }) => {
      opened.add(slots);
      log.push(`opened ${id.dport} ${firstSeen} ${startTime}`);
    },
    changed: ({ id, last }, reason) => log.push(`changed ${id.dport} ${last.timestamp} ${reason}`),
    closed: ({ id, last }, { cause, timestamp }) =>
      log.push(`closed ${id.dport} ${timestamp} ${cause} ${last.timestamp}`),
    lateEvent: (slots, last) => log.push(`late ${opened.has(slots)} ${last?.timestamp}`),
  };
  const exclusions = new Exclusions({ srcPorts: [EXCLUDED_PORT], dstAddressKeys: [] });
  const options = { uuidPrefix: 'h', exclusions, observers: [observer] };
  const cache = new ConnectionCache({
    ...options,
    ...(maxRecentlyClosed === undefined ? {} : { maxRecentlyClosed }),
  });
  const vanish = (second: number, cookie = COOKIE) => cache.end(cookie, { timestamp: at(second), cause: 'vanished' });
  return { cache, log, vanish };
}

describe('a destroy event', () => {
  it('is the last record of a scanned connection, and closes it', () => {
    const { cache, log } = setUp();
    const first = seen(1);
    cache.update(first, 1);
    const [connection] = cache.connections();
    expect(cache.finish(told(2, { sent: 5 }), undefined, 1)).toBe<EventOutcome>('closed');
    expect(log).toEqual([
      `opened 40000 scan ${at(1)}`,
      `changed 40000 ${at(2)} ${ChangeReason.IDiagStateChange}`,
      `closed 40000 ${at(2)} event ${at(2)}`,
    ]);
    expect(connection?.last.attributes?.[INET_DIAG_INFO]).toEqual(tcpInfoBytes(5, 0));
    expect(connection?.last.attributes?.[INET_DIAG_CONG]).toEqual(BBR);
    expect([cache.size, cache.recentlyClosedSize]).toEqual([0, 0]);
  });

  it('is completed by the newest record of its socket, published or not', () => {
    const { cache } = setUp();
    cache.update(seen(1));
    const [connection] = cache.connections();
    const cubic = Buffer.from('cubic\0');
    cache.finish(told(3), seen(2, { attributes: [{ type: INET_DIAG_CONG, payload: cubic }] }));
    expect(connection?.last.attributes?.[INET_DIAG_CONG]).toEqual(cubic);
  });

  it('is not completed by a scanned record with other endpoints', () => {
    const { cache } = setUp();
    cache.update(seen(1));
    const [connection] = cache.connections();
    const cubic = Buffer.from('cubic\0');
    cache.finish(told(3), seen(2, { dport: 1, attributes: [{ type: INET_DIAG_CONG, payload: cubic }] }));
    expect(connection?.last.attributes?.[INET_DIAG_CONG]).toEqual(BBR);
  });

  it('opens and closes a connection that no scan has seen, with one record', () => {
    const { cache, log } = setUp();
    expect(cache.finish(told(2), undefined)).toBe<EventOutcome>('unseen');
    expect(log).toEqual([`opened 40000 event ${at(2)}`, `closed 40000 ${at(2)} event ${at(2)}`]);
    expect([cache.size, cache.excludedSize, cache.recentlyClosedSize]).toEqual([0, 0, 0]);
  });

  it('with other endpoints but the same cookie ends one connection and is another one', () => {
    const { cache, log } = setUp();
    cache.update(seen(1, { dport: 1 }));
    expect(cache.finish(told(2, { dport: 2 }), undefined)).toBe<EventOutcome>('unseen');
    expect(log).toEqual([
      `opened 1 scan ${at(1)}`,
      `closed 1 ${at(2)} reconnected ${at(1)}`,
      `opened 2 event ${at(2)}`,
      `closed 2 ${at(2)} event ${at(2)}`,
    ]);
  });

  it('of a disconnected socket ends its connection with a last record from a scan', () => {
    const { cache, log } = setUp();
    cache.update(seen(1, { src: SOURCE }));
    const [connection] = cache.connections();
    const before = seen(2, { sent: 5, src: SOURCE });
    cache.update(before);
    expect(cache.finish(disconnected(3), before)).toBe<EventOutcome>('closed');
    expect(log.slice(2)).toEqual([
      `changed 40000 ${at(3)} ${ChangeReason.IDiagStateChange}`,
      `closed 40000 ${at(3)} disconnected ${at(3)}`,
    ]);
    const { rawIdm = new Uint8Array(), attributes } = connection?.last ?? {};
    expect(decodeInetDiagMsg(rawIdm)).toEqual({
      ...decodeInetDiagMsg(before.rawIdm ?? rawIdm),
      state: TcpState.CLOSE,
    });
    expect(attributes?.[INET_DIAG_INFO]).toEqual(Uint8Array.from(tcpInfoBytes(5, 0)));
    expect(attributes?.[INET_DIAG_CONG]).toEqual(BBR);
    // No other event will come: the cache does not wait for one.
    expect([cache.size, cache.recentlyClosedSize]).toEqual([0, 0]);
  });

  it('of a disconnected socket shows whether it had opened since the last scan', () => {
    const { cache } = setUp();
    cache.update(seen(1, { state: TcpState.SYN_SENT }));
    const [connection] = cache.connections();
    cache.finish(disconnected(2, OPENED), undefined);
    const info = connection?.last.attributes?.[INET_DIAG_INFO] ?? new Uint8Array();
    expect(decodeTcpInfo(info)).toMatchObject({ minRttUs: 700, sndWndBytes: 65_536 });
  });

  it('of a disconnected socket is not completed by a scan of wiped counters', () => {
    const { cache } = setUp();
    cache.update(seen(1, { sent: 5 }));
    const [connection] = cache.connections();
    const attributes = [{ type: INET_DIAG_INFO, payload: tcpInfo(280, { 0: TcpState.CLOSE }) }];
    cache.finish(disconnected(3), seen(2, { attributes }));
    expect(connection?.last.attributes?.[INET_DIAG_INFO]).toEqual(Uint8Array.from(tcpInfoBytes(5, 0)));
  });

  it('of a socket connected and disconnected elsewhere ends one connection and counts the other', () => {
    const { cache, log } = setUp();
    cache.update(seen(1));
    expect(cache.finish(disconnected(2, { ...OPENED, sport: 5002 }), undefined)).toBe<EventOutcome>('unrecorded_reset');
    expect(log.slice(1)).toEqual([`closed 40000 ${at(2)} reconnected ${at(1)}`]);
  });

  it('of a disconnected socket completes a connection that had vanished', () => {
    const { cache, log, vanish } = setUp();
    cache.update(seen(1));
    vanish(2);
    expect(cache.recentlyClosedSize).toBe(1);
    expect(cache.finish(disconnected(3), undefined)).toBe<EventOutcome>('late');
    expect(cache.recentlyClosedSize).toBe(0);
    expect(log.slice(2)).toEqual(['late true undefined']);
  });

  it.each<[EventOutcome, string, MessageSpec]>([
    ['unrecorded_reset', 'reset by its local side', OPENED],
    ['unrecorded_failed', 'that never opened', {}],
    ['unconnected', 'that never had a peer', { dst: new Uint8Array(16) }],
    ['excluded', 'with an excluded port', { ...OPENED, sport: EXCLUDED_PORT }],
    ['excluded', 'with a local peer', { ...OPENED, dst: Uint8Array.of(127, 0, 0, 1) }],
  ])('counts as %s for an unseen disconnected socket %s', (outcome, _, spec) => {
    const { cache, log } = setUp();
    expect(cache.finish(disconnected(2, spec), undefined)).toBe<EventOutcome>(outcome);
    expect(log).toEqual([]);
    expect([cache.size, cache.excludedSize, cache.recentlyClosedSize]).toEqual([0, 0, 0]);
  });

  it('of a disconnected excluded socket counts as excluded after a scan saw the socket', () => {
    const { cache, log } = setUp();
    cache.update(seen(1, { sport: EXCLUDED_PORT }));
    expect(cache.finish(disconnected(2, { sport: EXCLUDED_PORT }), undefined)).toBe<EventOutcome>('excluded');
    expect(log).toEqual([]);
    expect(cache.excludedSize).toBe(0);
  });

  it.each([
    ['seen', true],
    ['unseen', false],
  ])('of an excluded socket, %s by a scan, is not published', (_, known) => {
    const { cache, log } = setUp();
    if (known) cache.update(seen(1, { sport: EXCLUDED_PORT }));
    expect(cache.finish(told(2, { sport: EXCLUDED_PORT }), undefined)).toBe<EventOutcome>('excluded');
    expect(log).toEqual([]);
    expect([cache.size, cache.excludedSize, cache.recentlyClosedSize]).toEqual([0, 0, 0]);
  });

  it('of an excluded socket that had vanished is not published', () => {
    const { cache, log, vanish } = setUp();
    cache.update(seen(1, { sport: EXCLUDED_PORT }));
    vanish(2);
    expect(cache.recentlyClosedSize).toBe(0);
    expect(cache.finish(told(3, { sport: EXCLUDED_PORT }), undefined)).toBe<EventOutcome>('excluded');
    expect(log).toEqual([]);
  });

  it('is checked again when an excluded socket was connected elsewhere', () => {
    const { cache, log } = setUp();
    cache.update(seen(1, { dst: Uint8Array.of(127, 0, 0, 1) }));
    expect(cache.finish(told(2), undefined)).toBe<EventOutcome>('unseen');
    expect(log).toHaveLength(2);
    expect(cache.excludedSize).toBe(0);
  });

  it('without inet_diag_msg is rejected', () => {
    const { cache } = setUp();
    expect(() => cache.finish({ timestamp: at(1) }, undefined)).toThrow(
      expect.objectContaining({ name: 'DecodeError' }),
    );
  });
});

describe('a connection that vanished', () => {
  it('is not opened again by its late event, which is published once', () => {
    const { cache, log, vanish } = setUp();
    cache.update(seen(1, { sent: 5 }));
    vanish(2);
    expect(cache.recentlyClosedSize).toBe(1);
    expect(cache.finish(told(3, { sent: 7 }), undefined)).toBe<EventOutcome>('late');
    expect(log.slice(1)).toEqual([`closed 40000 ${at(2)} vanished ${at(1)}`, `late true ${at(3)}`]);
    expect([cache.size, cache.recentlyClosedSize]).toEqual([0, 0]);
  });

  it('is not remembered when it ended otherwise', () => {
    const { cache } = setUp();
    cache.update(seen(1));
    cache.finish(told(2), undefined);
    cache.update(seen(3, { cookie: 2n }));
    cache.endAll(at(4));
    expect(cache.recentlyClosedSize).toBe(0);
  });

  it('continues with the states of its observers when it comes back, and is no longer remembered', () => {
    const { cache, vanish } = setUp();
    cache.update(seen(1));
    const [before] = cache.connections();
    vanish(2);
    cache.update(seen(3));
    const [after] = cache.connections();
    expect(after).not.toBe(before);
    expect(after?.slots).toBe(before?.slots);
    expect(cache.recentlyClosedSize).toBe(0);
    expect(cache.finish(told(4), undefined)).toBe<EventOutcome>('closed');
  });

  it('is another connection when it comes back with other endpoints', () => {
    const { cache, vanish } = setUp();
    cache.update(seen(1, { dport: 1 }));
    const [before] = cache.connections();
    vanish(2);
    cache.update(seen(3, { dport: 2 }));
    const [after] = cache.connections();
    expect(after?.slots).not.toBe(before?.slots);
    expect(cache.recentlyClosedSize).toBe(0);
  });

  it('is forgotten when the event of its cookie has other endpoints', () => {
    const { cache, vanish } = setUp();
    cache.update(seen(1, { dport: 1 }));
    vanish(2);
    expect(cache.finish(told(3, { dport: 2 }), undefined)).toBe<EventOutcome>('unseen');
    expect(cache.recentlyClosedSize).toBe(0);
  });

  it('keeps only its cookie when more vanish than are remembered, oldest first', () => {
    const { cache, log, vanish } = setUp(2);
    for (const cookie of [1n, 2n, 3n]) {
      cache.update(seen(1, { cookie }));
      vanish(2, cookie);
    }
    expect(cache.recentlyClosedSize).toBe(2);
    const before = log.length;
    const outcomes = [3n, 2n, 1n].map((cookie) => cache.finish(told(3, { cookie }), undefined));
    expect(outcomes).toEqual(['late', 'late', 'late']);
    // The oldest cannot be completed, but it is not opened again either.
    expect(log.slice(before)).toEqual([`late true ${at(3)}`, `late true ${at(3)}`]);
    expect(cache.size).toBe(0);
  });

  it('is not remembered if the limit is 0', () => {
    const { cache, vanish } = setUp(0);
    cache.update(seen(1));
    vanish(2);
    expect(cache.recentlyClosedSize).toBe(0);
  });
});

describe('provenance of a record', () => {
  it('has no earlier time for a first record', () => {
    const { cache } = setUp();
    cache.update(seen(1), 7);
    const [connection] = cache.connections();
    expect(connection?.provenance).toEqual({
      scan: 7,
      unchangedUntil: undefined,
      reason: ChangeReason.PreviousWasNil,
      ...{ isWatched: false, readNs: 0 },
    });
  });

  it('gives the time until which the previous record held: last complete scan, or that record', () => {
    const { cache } = setUp();
    cache.update(seen(1), 1);
    cache.scanned(1, at(1));
    const [connection] = cache.connections();
    cache.update(seen(2, { sent: 1 }), 2);
    expect(connection?.provenance).toMatchObject({ scan: 2, unchangedUntil: at(1) });
    cache.scanned(2, at(2));
    cache.scanned(3, at(3));
    cache.scanned(4, at(4));
    // Scan 5 failed: it brought a record, but says nothing about other connections.
    cache.update(seen(5, { sent: 2 }), 5);
    expect(connection?.provenance).toMatchObject({ scan: 5, unchangedUntil: at(4) });
    cache.update(seen(6, { sent: 3 }), 6);
    expect(connection?.provenance).toMatchObject({ scan: 6, unchangedUntil: at(5) });
  });

  it('names the last scan before the event for a final record', () => {
    const { cache } = setUp();
    cache.update(seen(1), 1);
    const [connection] = cache.connections();
    cache.scanned(1, at(1));
    cache.scanned(2, at(2));
    cache.finish(told(3), undefined, 2);
    expect(connection?.provenance).toEqual({
      scan: 2,
      unchangedUntil: at(2),
      reason: ChangeReason.IDiagStateChange,
      ...{ isWatched: false, readNs: 0 },
    });
  });

  it('holds until the last scan that saw the socket for a late final record', () => {
    const { cache } = setUp();
    cache.update(seen(1), 1);
    const [connection] = cache.connections();
    for (const scan of [1, 2, 3, 4]) cache.scanned(scan, at(scan));
    // The socket is missing from scans 3 and 4.
    cache.finish(told(5), undefined, 4, 2);
    expect(connection?.provenance).toMatchObject({ scan: 4, unchangedUntil: at(2) });
  });
});
