import { describe, expect, it } from 'vitest';
import {
  ConntrackDecoder,
  type Flow,
  type FlowJsonOptions,
  flowEndpoints,
  flowEventKind,
  flowJson,
  flowLine,
  flowNat,
  flowPhase,
  formatFlowEndpoint,
  formatNs,
  lostJson,
} from '../../conntrack/index.js';
import { AF_INET } from '../../netlink/index.js';
import { capturedMessages } from '../support/fixtures.js';
import { message, TUPLES } from './messages.js';

const decoder = new ConntrackDecoder();
const flows = capturedMessages('conntrack/6.18-flows.bin').map((bytes) => decoder.flow(bytes));
const events = capturedMessages('conntrack/6.18-events.bin').map((bytes) => decoder.event(bytes));

/** A DNATed flow: 10.77.0.1:56578 asked for 10.77.0.2:9000 and got 10.77.0.2:9001. */
const DNAT: Flow = {
  family: AF_INET,
  id: 3_119_011_873,
  orig: { protocol: 6, src: '10.77.0.1', sport: 56_578, dst: '10.77.0.2', dport: 9000 },
  reply: { protocol: 6, src: '10.77.0.2', sport: 9001, dst: '10.77.0.1', dport: 56_578 },
  status: 0x2e,
  tcp: { state: 3 },
  timeoutSec: 431_999,
  mark: 0,
  origCounters: { packets: 4, bytes: 1216 },
  replyCounters: { packets: 3, bytes: 174 },
};

const isAt =
  (...addresses: readonly string[]) =>
  (address: string): boolean =>
    addresses.includes(address);

describe('the JSON value of a flow', () => {
  it('is that of the specification', () => {
    const json = flowJson(DNAT, {
      time: '2026-11-28T19:05:02.004Z',
      isLocal: isAt('10.77.0.1'),
      more: { uuid: 'host_1' },
    });
    expect(JSON.stringify(json)).toBe(
      '{"time":"2026-11-28T19:05:02.004Z","id":3119011873,"family":"ipv4","protocol":"tcp","zone":0,"state":"ESTABLISHED",' +
        '"status":["seen_reply","assured","confirmed","dst_nat"],' +
        '"orig":{"src":"10.77.0.1","sport":56578,"dst":"10.77.0.2","dport":9000,"packets":4,"bytes":1216},' +
        '"reply":{"src":"10.77.0.2","sport":9001,"dst":"10.77.0.1","dport":56578,"packets":3,"bytes":174},' +
        '"nat":{"destination":{"before":"10.77.0.2:9000","after":"10.77.0.2:9001"}},"side":"orig","timeoutSec":431999,' +
        '"mark":0,"uuid":"host_1"}',
    );
  });

  it('lacks what the kernel did not send', () => {
    expect(flowJson(decoder.flow(message({}, TUPLES)))).toEqual({
      family: 'ipv4',
      protocol: 'tcp',
      zone: 0,
      orig: { src: '192.0.2.1', sport: 1234, dst: '192.0.2.2', dport: 80 },
      reply: { src: '192.0.2.2', sport: 80, dst: '192.0.2.1', dport: 1234 },
    });
  });

  it('is valid JSON for every flow and event of the kernel', () => {
    for (const flow of [...flows, ...events.map((event) => event.flow)]) {
      const json = flowJson(flow);
      expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    }
  });

  it('has helper, label, mark, zones and identifiers of the captured flows', () => {
    const byPort = (port: number) => flowJson(flows.find(({ orig }) => orig.dport === port) ?? DNAT);
    expect(byPort(2121)).toMatchObject({ helper: 'ftp', windowScale: { orig: 10, reply: 10 } });
    expect(byPort(7003)).toMatchObject({ labels: [1], mark: 0 });
    expect(byPort(5353)).toMatchObject({ zone: 0, orig: { zone: 7 } });
    expect(flowJson(flows.find(({ zone }) => zone === 9) ?? DNAT)).toMatchObject({ zone: 9 });
    const icmpv6 = flowJson(flows.find(({ orig }) => orig.protocol === 58) ?? DNAT);
    expect(icmpv6).toMatchObject({ protocol: 'icmpv6', orig: { icmpId: 0x1234, icmpType: 128, icmpCode: 0 } });
    expect(icmpv6).not.toHaveProperty('state');
  });

  it('has kind and time of an event, and the port of the program that deleted the flow', () => {
    const deleted = events.find(({ portId }) => portId !== 0);
    const json = flowJson(deleted?.flow ?? DNAT, { event: 'destroy', portId: deleted?.portId ?? 0, time: 'unused' });
    expect(Object.keys(json).slice(0, 2)).toEqual(['event', 'time']);
    expect(json['time']).toMatch(/^2026-11-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z$/);
    expect(json['deletedByPort']).toBe(deleted?.portId);
  });

  it('of a loss has the number of events if it is known', () => {
    expect(lostJson('t', 12)).toEqual({ event: 'lost', time: 't', events: 12 });
    expect(lostJson('t', null)).toEqual({ event: 'lost', time: 't' });
  });

  it('names unknown states and bits by number', () => {
    expect(flowJson({ ...DNAT, tcp: { state: 77 }, status: 0x8001_0000 })).toMatchObject({
      state: 'state_77',
      status: ['bit_16', 'bit_31'],
    });
  });
});

describe('the line of a flow', () => {
  const all = [...flows, ...events.map(({ flow }) => flow), DNAT];

  it('is the text of its JSON value, whatever it lacks', () => {
    const keys = [...new Set(all.flatMap((flow) => Object.keys(flow)))].filter(
      (key) => !['family', 'orig', 'reply'].includes(key),
    );
    expect(keys.length).toBeGreaterThan(10);
    for (const flow of all) {
      for (const without of ['', ...keys]) {
        const partial = { ...flow };
        delete partial[without as keyof Flow & 'id'];
        expect(flowLine(partial)).toBe(JSON.stringify(flowJson(partial)));
      }
    }
  });

  it('has the options of its JSON value', () => {
    const options: readonly FlowJsonOptions[] = [
      { time: 'a "time"', isLocal: isAt('192.0.2.1') },
      { event: 'destroy', portId: 77, time: 't', more: { uuid: 'host_"1"', tcp: { rttUs: 41 } } },
      { event: 'closed', more: {} },
    ];
    for (const flow of all) {
      for (const option of options) expect(flowLine(flow, option)).toBe(JSON.stringify(flowJson(flow, option)));
    }
  });

  it('has flags and scales of one direction alone', () => {
    for (const tcp of [
      { flagsOrig: 1 },
      { flagsReply: 2, windowScaleReply: 3 },
      { windowScaleOrig: 1, state: 77 },
      {},
    ]) {
      const synproxy = { initialSeq: 1, initialTimestamp: 0, timestampOffset: 2 };
      const proxied = { ...DNAT, tcp, synproxy };
      for (const options of [{}, { portId: 7 }]) {
        expect(flowLine(proxied, options)).toBe(JSON.stringify(flowJson(proxied, options)));
      }
      expect(flowLine({ ...DNAT, tcp })).toBe(JSON.stringify(flowJson({ ...DNAT, tcp })));
    }
  });
});

describe('times', () => {
  it('have the digits that the kernel gives', () => {
    expect(formatNs(1_795_987_084_739_539_426n)).toBe('2026-11-29T21:18:04.739539426Z');
    expect(formatNs(1_795_987_084_500_000_000n)).toBe('2026-11-29T21:18:04.5Z');
    expect(formatNs(0n)).toBe('1970-01-01T00:00:00Z');
    expect(formatNs(2n ** 64n - 1n)).toBe('2554-07-21T23:34:33.709551615Z');
  });
});

describe('the ends of a flow', () => {
  const shown = (flow: Flow, ...local: readonly string[]): string => {
    const { side, local: near, remote } = flowEndpoints(flow, isAt(...local));
    return `${side} ${formatFlowEndpoint(near)} ${formatFlowEndpoint(remote)}`;
  };

  it('are those of the socket: of the opener before translation, of the other end after it', () => {
    expect(shown(DNAT, '10.77.0.1')).toBe('orig 10.77.0.1:56578 10.77.0.2:9000');
    expect(shown(DNAT, '10.77.0.2')).toBe('reply 10.77.0.2:9001 10.77.0.1:56578');
    expect(shown(DNAT, '10.77.0.1', '10.77.0.2')).toBe('both 10.77.0.1:56578 10.77.0.2:9000');
    expect(shown(DNAT, '192.0.2.1')).toBe('forwarded 10.77.0.1:56578 10.77.0.2:9000');
  });

  it('of masqueraded flows that pass through are not local', () => {
    const masqueraded: Flow = { ...DNAT, status: 0x1e, reply: { ...DNAT.reply, dst: '198.51.100.1', dport: 40_009 } };
    expect(shown(masqueraded, '198.51.100.1')).toBe('forwarded 10.77.0.1:56578 10.77.0.2:9000');
    expect(flowNat(masqueraded)).toMatchObject({
      kind: 'source',
      source: { after: { address: '198.51.100.1', port: 40_009 } },
    });
  });

  it('have no side if the addresses of the machine are not known', () => {
    expect(flowEndpoints(DNAT)).toEqual({
      local: { address: '10.77.0.1', port: 56_578 },
      remote: { address: '10.77.0.2', port: 9000 },
    });
  });

  it('have brackets for IPv6 and no port for ICMP', () => {
    expect(formatFlowEndpoint({ address: '2001:db8::1', port: 80 })).toBe('[2001:db8::1]:80');
    expect(formatFlowEndpoint({ address: '2001:db8::1', port: null })).toBe('2001:db8::1');
  });
});

describe('translation', () => {
  it('is what bits 4 and 5 say, not bits 7 and 8', () => {
    expect(flowNat({ ...DNAT, status: 0x18e }).kind).toBe('none');
    expect(flowNat({ ...DNAT, status: 0x1ae }).kind).toBe('destination');
    expect(flowNat({ ...DNAT, status: 0x19e }).kind).toBe('source');
    expect(flowNat({ ...DNAT, status: undefined as never }).kind).toBe('none');
  });

  it('of both ends is found in the captured flows', () => {
    const both = flows.find(({ orig }) => orig.dst === '192.0.2.3') ?? DNAT;
    expect(flowJson(both)['nat']).toEqual({
      source: { before: `192.0.2.1:${both.orig.sport}`, after: `192.0.2.8:${both.orig.sport}` },
      destination: { before: '192.0.2.3:9000', after: '192.0.2.2:9001' },
    });
  });
});

describe('kinds of events', () => {
  const kindsOf = (port: number): string[] => events.filter(({ flow }) => flow.orig.dport === port).map(flowEventKind);

  it('are those of a clean connection, a reset and a refused one', () => {
    expect(kindsOf(7020)).toEqual(['new', 'update', 'established', 'update', 'update', 'closed']);
    expect(kindsOf(7021)).toEqual(['new', 'update', 'established', 'closed']);
    expect(kindsOf(7022)).toEqual(['new', 'destroy']);
    expect(kindsOf(53)).toEqual(['new', 'update', 'new', 'update', 'destroy', 'destroy']);
  });
});

describe('the phase of a flow', () => {
  it.each<[Partial<Flow>, string | undefined]>([
    [{ tcp: { state: 1 } }, 'opening'],
    [{ tcp: { state: 3 } }, 'established'],
    [{ tcp: { state: 4 } }, 'established'],
    [{ tcp: { state: 6 } }, 'established'],
    [{ tcp: { state: 7 } }, 'ended'],
    [{ tcp: { state: 8 } }, 'ended'],
    [{ tcp: { state: 3 }, status: 0x20e }, 'ended'],
    [{ tcp: {} }, undefined],
  ])('%o is %s', (change, phase) => {
    expect(flowPhase({ ...DNAT, ...change })).toBe(phase);
  });

  it('of UDP is established when it was answered', () => {
    const { tcp, ...rest } = DNAT;
    const udp: Flow = { ...rest, orig: { ...rest.orig, protocol: 17 } };
    expect(tcp).toBeDefined();
    expect(flowPhase({ ...udp, status: 0x8 })).toBe('opening');
    expect(flowPhase({ ...udp, status: 0xa })).toBe('established');
  });
});
