import { describe, expect, it } from 'vitest';
import { ConntrackDecoder, type Flow } from '../../conntrack/index.js';
import { compileExpression } from '../../expression/index.js';
import { FLOW_FIELDS, FLOW_FLAGS, FLOW_VOCABULARY, fieldJson, flowRow } from '../../fields/index.js';
import { AF_INET } from '../../netlink/index.js';
import { capturedMessages } from '../support/fixtures.js';

const FLOW: Flow = {
  family: AF_INET,
  id: 5,
  orig: { protocol: 6, src: '10.77.0.1', sport: 56_578, dst: '10.77.0.2', dport: 443 },
  reply: { protocol: 6, src: '10.77.0.3', sport: 8443, dst: '10.77.0.1', dport: 56_578 },
  status: 0x2e,
  tcp: { state: 3 },
  timeoutSec: 100,
  mark: 9,
  origCounters: { packets: 4, bytes: 1216 },
  startTimeNs: 1_795_987_084_500_000_000n,
  labels: Uint8Array.of(2, 1),
};

const value = (text: string, flow: Flow, local: string): boolean | null =>
  compileExpression(text, FLOW_VOCABULARY).evaluate(flowRow(flow, (address) => address === local));

describe('expressions on flows', () => {
  it.each<[string, boolean | null]>([
    ['remoteAddress = 10.0.0.0/8 and dport 443', true],
    ['dport 8443', false],
    ['reply.sport = 8443', true],
    ['orig.dport = 443', true],
    ['protocol:udp', false],
    ['protocol = TCP', true],
    ['proto:tcp', true],
    ['state = ESTABLISHED', true],
    ['state:time_wait', false],
    ['nat.kind != none', true],
    ['nat = destination', true],
    ['is:assured', true],
    ['is:dying', false],
    ['family = ipv4', true],
    ['zone = 0', true],
    ['mark = 9', true],
    ['side = orig', true],
    ['orig.bytes > 1kB', true],
    ['reply.bytes > 1kB', null],
    ['timeout > 1min', true],
    ['timeoutSec = 100', true],
    ['startTime > "2026-11-29T21:18:04Z"', true],
    ['helper = null', true],
    ['10.77.0.3', true],
    ['8443', true],
    ['id = 5', true],
  ])('%s is %s', (text, expected) => {
    expect(value(text, FLOW, '10.77.0.1')).toBe(expected);
  });

  it('see the ends of the machine that accepted the flow', () => {
    expect(value('sport 8443 dst 10.77.0.1 side = reply', FLOW, '10.77.0.3')).toBe(true);
    expect(value('side = forwarded and dport 443', FLOW, '192.0.2.1')).toBe(true);
  });

  it('have no side if the addresses of the machine are not known', () => {
    expect(compileExpression('side = null and dport 443', FLOW_VOCABULARY).matches(flowRow(FLOW))).toBe(true);
  });

  it('find the captured flows', () => {
    const decoder = new ConntrackDecoder();
    const rows = capturedMessages('conntrack/6.18-flows.bin').map((bytes) => flowRow(decoder.flow(bytes)));
    const count = (text: string): number => rows.filter(compileExpression(text, FLOW_VOCABULARY).matches).length;
    expect(count('nat.kind != none')).toBe(3);
    expect(count('protocol:icmp')).toBe(2);
    expect(count('zone = 7')).toBe(1);
    expect(count('orig.icmpType = 8')).toBe(1);
    expect(count('helper = ftp')).toBe(1);
    expect(count('dst 2001:db8::/32 state = ESTABLISHED')).toBe(2);
  });
});

describe('fields of flows', () => {
  it('have JSON values', () => {
    const row = flowRow(FLOW, () => true);
    const json = Object.fromEntries(FLOW_FIELDS.map((field) => [`${field.part}.${field.name}`, fieldJson(field, row)]));
    expect(json).toMatchObject({
      'flow.status': ['seen_reply', 'assured', 'confirmed', 'dst_nat'],
      'flow.startTime': '2026-11-29T21:18:04.5Z',
      'flow.stopTime': null,
      'flow.labels': ['1', '8'],
      'flow.master': null,
      'flow.side': 'both',
      'orig.bytes': 1216,
      'reply.bytes': null,
    });
  });

  it('have a flag for each status bit', () => {
    expect(FLOW_FLAGS).toHaveLength(16);
    expect(FLOW_FLAGS.find(({ name }) => name === 'dst_nat')?.read(flowRow(FLOW))).toBe(true);
  });
});
