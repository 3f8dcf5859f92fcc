import { describe, expect, it } from 'vitest';
import { ConntrackStatus, type Flow, flowEndpoints, TcpConntrack } from '../../../conntrack/index.js';
import type { TextStyle } from '../../../view/chart/index.js';
import {
  clockAge,
  connectionsTable,
  countersTable,
  eventHead,
  eventLine,
  flowFacts,
  flowTable,
  growthColumns,
  growthLine,
  natText,
  type ShownFlow,
} from '../../../view/flows/index.js';

const PLAIN: TextStyle = { width: Number.POSITIVE_INFINITY, unicode: false, paint: (_, text) => text };
const RICH: TextStyle = { ...PLAIN, unicode: true };
const NOW_MS = Date.UTC(2026, 10, 28, 19, 5, 2, 4);
const NS = 1_000_000n;
const NEAR = '10.77.0.1';

/** A connection of this machine to port 9000, which is translated to port 9001. */
const OPENED: Flow = {
  family: 2,
  orig: { protocol: 6, src: NEAR, sport: 56578, dst: '10.77.0.2', dport: 9000 },
  reply: { protocol: 6, src: '10.77.0.2', sport: 9001, dst: NEAR, dport: 56578 },
  id: 3119011873,
  status: ConntrackStatus.ASSURED | ConntrackStatus.DST_NAT,
  tcp: { state: TcpConntrack.ESTABLISHED, windowScaleOrig: 7, windowScaleReply: 7, flagsOrig: 1 },
  timeoutSec: 431_999,
  origCounters: { packets: 4, bytes: 1216 },
  replyCounters: { packets: 3, bytes: 174 },
  startTimeNs: BigInt(NOW_MS - 12_000) * NS,
};

/** Translation as above, seen by the machine that accepted. */
const ACCEPTED: Flow = {
  ...OPENED,
  orig: { protocol: 6, src: '10.77.0.9', sport: 40_000, dst: NEAR, dport: 9000 },
  reply: { protocol: 6, src: '10.77.0.3', sport: 9001, dst: '10.77.0.9', dport: 40_000 },
};

const isLocal = (address: string): boolean => [NEAR, '10.77.0.3'].includes(address);

function shown(flow: Flow, more: Partial<ShownFlow> = {}): ShownFlow {
  return { flow, endpoints: flowEndpoints(flow, isLocal), ...more };
}

describe('the table of flows', () => {
  it('has one line a flow, with socket and translation', () => {
    const socket = { uuid: 'host_1795_00000000000302C1', rttUs: 41 };
    expect(flowTable([shown(OPENED, { socket })], { nowMs: NOW_MS, isJoined: true }, PLAIN)).toEqual([
      'PROTO  STATE        LOCAL            REMOTE          NAT                 PACKETS out/in  BYTES out/in  AGE    LEFT   RTT  UUID',
      'tcp    ESTABLISHED  10.77.0.1:56578  10.77.0.2:9000  dst 10.77.0.2:9001  4/3             1216/174      12s  119h59  41us  host_1795_00000000000302C1',
    ]);
  });

  it('shows dashes, never 0, for what the kernel does not send', () => {
    const { origCounters, replyCounters, startTimeNs, timeoutSec, tcp, ...bare } = OPENED;
    expect([origCounters, replyCounters, startTimeNs, timeoutSec, tcp]).not.toContain(undefined);
    const [, line] = flowTable([shown({ ...bare, status: 0 })], { nowMs: NOW_MS, isJoined: true }, RICH);
    expect(line?.split(/ {2,}/)).toEqual(['tcp', '–', '10.77.0.1:56578', '10.77.0.2:9000', ...Array(6).fill('–')]);
  });

  it('shows packets that left first, also of accepted connections', () => {
    const table = flowTable([shown(ACCEPTED)], { nowMs: NOW_MS, isJoined: false }, PLAIN);
    expect(table[1]).toContain('3/4');
    expect(table[1]).toContain('174/1216');
  });

  it('has columns for zone, mark and helper only if a flow has one', () => {
    const rare = { ...OPENED, zone: 3, mark: 0x10, helper: 'ftp\u001b[31m漢' };
    const [head, line, other] = flowTable([shown(rare), shown(OPENED)], { nowMs: NOW_MS, isJoined: false }, RICH);
    expect(head).toMatch(/NAT +ZONE +MARK +HELPER +PACKETS/);
    expect(line).toMatch(/ 3 +16 +ftp\\u\{1b\}\[31m漢 +4\/3/);
    // The wide letter takes two columns.
    expect(other?.indexOf('4/3')).toBe((line?.indexOf('4/3') ?? 0) + 1);
    expect(flowTable([shown(OPENED)], { nowMs: NOW_MS, isJoined: false }, PLAIN)[0]).not.toMatch(/ZONE|MARK|HELPER/);
  });

  it('fits a narrow terminal', () => {
    const socket = { uuid: 'host_1795_00000000000302C1', rttUs: 41 };
    const table = flowTable([shown(OPENED, { socket })], { nowMs: NOW_MS, isJoined: true }, { ...PLAIN, width: 80 });
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(table[0]).toMatch(/LOCAL.*REMOTE.*NAT.*UUID/);
    // What is cut keeps its end: a part of a port would be another port.
    expect(table[1]).toMatch(/:56578 .*:9000 .*:9001 .*302C1$/);
  });

  it('shows what is established and what has ended', () => {
    const rows = [
      { ...shown(OPENED), isEstablished: true, endedCount: 0, cause: null },
      { ...shown(ACCEPTED), isEstablished: false, endedCount: 2, cause: 'closed' as const },
    ];
    const [head, open, closed] = connectionsTable(rows, { nowMs: NOW_MS, isJoined: false }, PLAIN);
    expect(head).toMatch(/^NOW +ENDED +PROTO/);
    expect(open).toMatch(/^open +- +tcp/);
    expect(closed).toMatch(/^closed +2 +tcp/);
  });

  it('has the sockets of connections, of facts and of events, if they were looked for', () => {
    const socket = { uuid: 'host_1795_00000000000302C1', rttUs: 41 };
    const rows = [{ ...shown(OPENED, { socket }), isEstablished: true, endedCount: 0, cause: null }];
    const [head, open] = connectionsTable(rows, { nowMs: NOW_MS, isJoined: true }, PLAIN);
    expect([head, open]).toEqual([
      expect.stringMatching(/RTT +UUID$/),
      expect.stringMatching(/41us +host_1795_\w+2C1$/),
    ]);
    const facts = flowFacts(shown(OPENED, { socket }), NOW_MS, PLAIN);
    expect(facts.slice(-2)).toEqual([expect.stringMatching(/^uuid +host_1795_/), expect.stringMatching(/^rtt +41us$/)]);
    const event = { ...shown(OPENED, { socket }), kind: 'new' as const, timeMs: NOW_MS, portId: 0 };
    const [title, line, without] = [
      eventHead(PLAIN, true),
      eventLine(event, PLAIN, true),
      eventLine({ ...shown(OPENED), kind: 'new', timeMs: NOW_MS, portId: 0 }, PLAIN, true),
    ];
    expect(line.indexOf('host_1795')).toBe(title.indexOf('UUID'));
    expect(line).toMatch(/ dst 10\.77\.0\.2:9001 +41us +host_1795_\w+2C1$/);
    expect(line.indexOf('41us')).toBe(title.indexOf('RTT'));
    expect(without).toMatch(/ - +-$/);
    expect(eventLine(event, PLAIN)).not.toContain('host_1795');
  });
});

describe('translations', () => {
  it('are the far end for the side that opened, and the client’s words for the side that accepted', () => {
    expect(natText(shown(OPENED))).toBe('dst 10.77.0.2:9001');
    expect(natText(shown(ACCEPTED))).toBe('dst was 10.77.0.1:9000');
    const both = { ...OPENED, status: ConntrackStatus.SRC_NAT | ConntrackStatus.DST_NAT };
    expect(natText(shown(both))).toBe('src 10.77.0.1:56578 dst 10.77.0.2:9001');
    expect(natText(shown({ ...OPENED, status: ConntrackStatus.DST_NAT_DONE }))).toBe('');
  });
});

describe('ages', () => {
  it.each([
    [0, '0s'],
    [117, '117s'],
    [725, '12m05'],
    [431_999, '119h59'],
    [3_600_000, '41d16'],
    [-5, '0s'],
  ])('of %d seconds are %s', (seconds, text) => {
    expect(clockAge(seconds)).toBe(text);
  });
});

describe('lines of events', () => {
  it('stand below their titles', () => {
    const line = eventLine({ ...shown(OPENED), kind: 'closed', timeMs: NOW_MS, portId: 0 }, PLAIN);
    const head = eventHead(PLAIN);
    for (const [title, text] of [
      ['TIME', '19:05:02.004Z'],
      ['EVENT', 'closed'],
      ['STATE', 'ESTABLISHED'],
      ['REMOTE', '10.77.0.2:9000'],
      ['BYTES', '1216/174'],
      ['NAT', 'dst 10.77.0.2:9001'],
    ] as const) {
      expect(line.indexOf(text), title).toBe(head.indexOf(title));
    }
  });

  it('name the program that deleted a flow', () => {
    const line = eventLine({ ...shown(OPENED), kind: 'destroy', timeMs: NOW_MS, portId: 4711 }, PLAIN);
    expect(line).toMatch(/deleted by netlink port 4711$/);
  });

  it('say how many were lost', () => {
    expect(eventLine({ kind: 'lost', timeMs: NOW_MS, events: 3784 }, PLAIN)).toMatch(
      /^19:05:02.004Z {2}lost +3,784 events$/,
    );
    expect(eventLine({ kind: 'lost', timeMs: NOW_MS, events: null }, PLAIN)).toMatch(/an unknown number of events$/);
  });
});

describe('facts of one flow', () => {
  it('are everything that the kernel sent', () => {
    expect(flowFacts(shown({ ...OPENED, helper: 'x\u0007' }), NOW_MS, PLAIN)).toEqual([
      'tcp ESTABLISHED 10.77.0.1:56578 -> 10.77.0.2:9000',
      'id             3119011873',
      'status         assured dst_nat',
      'side           orig',
      'orig           10.77.0.1:56578 -> 10.77.0.2:9000, 4 packets, 1,216 B',
      'reply          10.77.0.2:9001 -> 10.77.0.1:56578, 3 packets, 174 B',
      'destination    10.77.0.2:9000 became 10.77.0.2:9001',
      'expires in     119h59',
      'started        2026-11-28T19:04:50.004Z, 12s ago',
      String.raw`helper         x\u{7}`,
      'window scales  orig 7, reply 7',
      'flags          orig window_scale, reply -',
    ]);
  });
});

describe('counters', () => {
  it('have a line for each CPU and one for all', () => {
    const cpus = [
      { cpu: 0, found: 5, invalid: 1_000_000 },
      { cpu: 1, found: 7, invalid: 0 },
    ];
    expect(countersTable(cpus, { found: 12, invalid: 1_000_000 }, PLAIN)).toEqual([
      'CPU  FOUND    INVALID',
      '  0      5  1,000,000',
      '  1      7          0',
      'all     12  1,000,000',
    ]);
  });

  it('have their growth below their titles', () => {
    const head = growthColumns(PLAIN);
    const line = growthLine(NOW_MS, 8, { found: 3, drop: 1 }, PLAIN);
    const end = (title: string): number => head.indexOf(title) + title.length;
    expect(line.slice(0, end('ENTRIES'))).toMatch(/^19:05:02.004Z +8$/);
    expect(line.slice(0, end('FOUND'))).toMatch(/ 3$/);
    expect(line.slice(0, end(' DROP'))).toMatch(/ 1$/);
    expect(line.slice(0, end('INVALID'))).toMatch(/ -$/);
  });
});
