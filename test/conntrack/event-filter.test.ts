import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assembleEventFilter,
  CONNECTION_UPDATES,
  ConntrackDecoder,
  ConntrackStatus,
  type EventFilter,
  type FlowEvent,
  IPPROTO_TCP,
  IPPROTO_UDP,
  TcpConntrack,
} from '../../conntrack/index.js';
import { AF_INET, AF_INET6 } from '../../netlink/index.js';
import { isAcceptedClassicBpf, runClassicBpf } from '../support/classic-bpf.js';
import { capturedMessages } from '../support/fixtures.js';
import { message, TUPLES } from './messages.js';

const decoder = new ConntrackDecoder();
const messages = capturedMessages('conntrack/6.18-events.bin');
const events = messages.map((bytes) => decoder.event(bytes));

/** The filter as it is described, in TypeScript. */
function wanted({ kind, flow }: FlowEvent, filter: EventFilter): boolean {
  const { status = 0 } = flow;
  if (filter.family !== undefined && flow.family !== filter.family) return false;
  if (filter.protocols !== undefined && !filter.protocols.includes(flow.orig.protocol)) return false;
  if (filter.anyStatus !== undefined && (status & filter.anyStatus) === 0) return false;
  if (filter.status !== undefined && (status & filter.status.mask) >>> 0 !== filter.status.value) return false;
  if (kind === 'new') return filter.isNewKept ?? true;
  if (kind === 'destroy') return filter.isDestroyKept ?? true;
  const { updates = 'all' } = filter;
  if (typeof updates === 'string') return updates === 'all';
  const state = flow.tcp?.state;
  return state === undefined ? updates.others : updates.tcpStates.includes(state);
}

function kept(filter: EventFilter): FlowEvent[] {
  const program = assembleEventFilter(filter) ?? new Uint8Array();
  expect(isAcceptedClassicBpf(program)).toBe(true);
  return events.filter((_, i) => runClassicBpf(program, messages[i] ?? new Uint8Array()) !== 0);
}

describe('a filter of events', () => {
  it('is no program if it keeps all', () => {
    expect(assembleEventFilter({})).toBeUndefined();
    expect(assembleEventFilter({ isNewKept: true, updates: 'all' })).toBeUndefined();
  });

  it('keeps one protocol', () => {
    const udp = kept({ protocols: [IPPROTO_UDP] });
    expect(udp.length).toBe(events.filter(({ flow }) => flow.orig.protocol === IPPROTO_UDP).length);
    expect(udp.length).toBeGreaterThan(5);
    expect(kept({ protocols: [IPPROTO_UDP, IPPROTO_TCP] }).length).toBeGreaterThan(udp.length);
  });

  it('keeps translated flows', () => {
    const translated = kept({ anyStatus: ConntrackStatus.SRC_NAT | ConntrackStatus.DST_NAT });
    const names = new Set(translated.map(({ flow }) => `${flow.orig.dst} ${flow.orig.dport}`));
    expect([...names].sort()).toEqual(['192.0.2.2 7001', '192.0.2.3 9000', '2001:db8::9 9000']);
  });

  it('keeps new flows, ends, and updates that begin or end a connection: 3 of 6 events', () => {
    const connection = kept({ updates: CONNECTION_UPDATES, protocols: [IPPROTO_TCP] }).filter(
      ({ flow }) => flow.orig.dport === 7020,
    );
    expect(connection.map(({ kind, flow }) => `${kind} ${flow.tcp?.state}`)).toEqual(['new 1', 'update 3', 'update 7']);
    expect(events.filter(({ flow }) => flow.orig.dport === 7020)).toHaveLength(6);
  });

  it('keeps an event without the attribute that it tests', () => {
    const program = assembleEventFilter({ protocols: [IPPROTO_UDP], anyStatus: 0x10 }) ?? new Uint8Array();
    expect(runClassicBpf(program, message({}, []))).not.toBe(0);
    expect(runClassicBpf(program, message({}, TUPLES))).toBe(0);
  });

  it('refuses more values than a program holds', () => {
    const protocols = new Array<number>(5000).fill(6);
    expect(() => assembleEventFilter({ protocols })).toThrow(RangeError);
  });

  it('keeps what it describes, for all filters and events', () => {
    const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
      fc.option(arbitrary, { nil: undefined });
    const mask = fc.nat(0xffff);
    const filters = fc.record({
      family: optional(fc.constantFrom(AF_INET, AF_INET6)),
      protocols: optional(fc.subarray([1, 6, 17, 58, 132], { minLength: 1 })),
      anyStatus: optional(mask),
      status: optional(fc.tuple(mask, mask).map(([value, bits]) => ({ value: value & bits, mask: bits }))),
      isNewKept: optional(fc.boolean()),
      isDestroyKept: optional(fc.boolean()),
      updates: optional(
        fc.oneof(
          fc.constantFrom('all' as const, 'none' as const),
          fc.record({ tcpStates: fc.subarray(Object.values(TcpConntrack)), others: fc.boolean() }),
        ),
      ),
    });
    fc.assert(
      fc.property(filters, (drawn) => {
        const filter = Object.fromEntries(
          Object.entries(drawn).filter(([, value]) => value !== undefined),
        ) as EventFilter;
        const program = assembleEventFilter(filter);
        for (const [i, event] of events.entries()) {
          const verdict = program === undefined || runClassicBpf(program, messages[i] ?? new Uint8Array()) !== 0;
          if (verdict !== wanted(event, filter)) throw new Error(`event ${i}: ${verdict}`);
        }
      }),
      { numRuns: 400 },
    );
  });
});
