import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assembleEventFilter,
  buildDumpRequest,
  ConntrackDecoder,
  type DumpFilter,
  type EventFilter,
  type Flow,
  type FlowFamily,
  type Tuple,
  type TupleFilter,
} from '../../conntrack/index.js';
import { compileExpression } from '../../expression/index.js';
import { explainFlowKernelPart, FLOW_VOCABULARY, flowKernelPart, flowRow, MAX_DUMPS } from '../../fields/index.js';
import { AF_INET, AF_INET6 } from '../../netlink/index.js';
import { runClassicBpf } from '../support/classic-bpf.js';
import { capturedMessages } from '../support/fixtures.js';

const partOf = (text: string) => flowKernelPart(compileExpression(text, FLOW_VOCABULARY));

/** Returns true if the kernel returns a flow in a dump with this filter. */
function dumps(flow: Flow, filter: DumpFilter): boolean {
  const fits = (tuple: Tuple, wanted: TupleFilter = {}): boolean =>
    Object.entries(wanted).every(([member, value]) => tuple[member as keyof Tuple] === value);
  const masked = (value: number, wanted: DumpFilter['status']): boolean =>
    wanted === undefined || (value & wanted.mask) >>> 0 === wanted.value;
  return (
    (filter.family === undefined || filter.family === flow.family) &&
    fits(flow.orig, filter.orig) &&
    fits(flow.reply, filter.reply) &&
    masked(flow.status ?? 0, filter.status) &&
    masked(flow.mark ?? 0, filter.mark) &&
    (filter.zone === undefined || filter.zone === (flow.zone ?? flow.orig.zone ?? flow.reply.zone ?? 0))
  );
}

/** Returns true if an event passes the filter. */
function passes(flow: Flow, { family, protocols, status, anyStatus }: EventFilter): boolean {
  const bits = flow.status ?? 0;
  return (
    (family === undefined || family === flow.family) &&
    (protocols === undefined || protocols.includes(flow.orig.protocol)) &&
    (status === undefined || (bits & status.mask) >>> 0 === status.value) &&
    (anyStatus === undefined || (bits & anyStatus) !== 0)
  );
}

describe('the kernel’s part of an expression', () => {
  it('is nothing of an empty one', () => {
    expect(partOf('')).toEqual({ dumps: [{}], events: {}, inKernel: [], hereOnly: [] });
  });

  it('has family, protocol and port of a direction in one dump', () => {
    expect(partOf('family = ipv4 and protocol = tcp and orig.dport = 443 and state = ESTABLISHED')).toEqual({
      dumps: [{ family: AF_INET, orig: { protocol: 6, dport: 443 } }],
      events: { family: AF_INET, protocols: [6] },
      inKernel: ['family = ipv4', 'protocol = tcp', 'orig.dport = 443'],
      hereOnly: ['state = ESTABLISHED'],
    });
  });

  it('has both directions of a local or a remote end', () => {
    expect(partOf('family = ipv6 protocol:tcp dport 443').dumps).toEqual([
      { family: AF_INET6, orig: { protocol: 6, dport: 443 } },
      { family: AF_INET6, reply: { protocol: 6, dport: 443 } },
    ]);
  });

  it('has an address without its port if no protocol is given', () => {
    const { dumps: filters, inKernel, hereOnly } = partOf('family = ipv4 and orig.src = 192.0.2.1 and orig.sport = 5');
    expect(filters).toEqual([{ family: AF_INET, orig: { src: '192.0.2.1' } }]);
    expect([inKernel, hereOnly]).toEqual([['family = ipv4', 'orig.src = 192.0.2.1'], ['orig.sport = 5']]);
  });

  it('has no address of IPv6, which the kernel compares the wrong way', () => {
    const { dumps: filters, hereOnly } = partOf('src 2001:db8::1 and protocol = tcp and orig.dport = 443');
    expect(filters).toEqual([{ family: AF_INET6, orig: { protocol: 6, dport: 443 } }]);
    expect(hereOnly).toEqual(['src 2001:db8::1']);
    expect(partOf('orig.src = 192.0.2.1').dumps).toEqual([
      { family: AF_INET, orig: { src: '192.0.2.1' } },
      { family: AF_INET6 },
    ]);
  });

  it('has mark, zone and status', () => {
    expect(partOf('mark = 7 zone = 3 is:assured -is:dying').dumps).toEqual([
      { mark: { value: 7, mask: 0xffff_ffff }, zone: 3, status: { value: 0x4, mask: 0x204 } },
    ]);
  });

  it('has translation as two dumps, or as one filter of events', () => {
    const { dumps: filters, events } = partOf('nat.kind != none');
    expect(filters).toEqual([{ status: { value: 0x10, mask: 0x10 } }, { status: { value: 0x20, mask: 0x30 } }]);
    expect(events).toEqual({ anyStatus: 0x30 });
    expect(partOf('nat = destination').dumps).toEqual([{ status: { value: 0x20, mask: 0x30 } }]);
  });

  it.each([
    'state = ESTABLISHED',
    'remoteAddress = 10.0.0.0/8',
    'port 443',
    'not protocol = tcp',
    'orig.bytes > 1MB',
    '443',
  ])('is nothing of %s', (text) => {
    expect(partOf(text)).toMatchObject({ dumps: [{}], inKernel: [] });
  });

  it('is nothing of alternatives of different fields', () => {
    expect(partOf('protocol = tcp or mark = 1').dumps).toEqual([{}]);
    expect(partOf('family = ipv4 and (protocol = tcp or protocol = udp)').dumps).toHaveLength(2);
  });

  it('is no dump if no flow can match', () => {
    const part = partOf('protocol = tcp and protocol = udp');
    expect(part.dumps).toEqual([]);
    expect(explainFlowKernelPart(part)).toBe('No flow can match: protocol = tcp, protocol = udp');
  });

  it('dumps the table once if the kernel cannot test ports, for lack of a protocol', () => {
    expect(partOf('dport 443')).toMatchObject({ dumps: [{}], inKernel: [], hereOnly: ['dport 443'] });
    expect(partOf('orig.src = 192.0.2.1 dport 443').dumps).toEqual(partOf('orig.src = 192.0.2.1').dumps);
  });

  it('never takes more than four dumps', () => {
    const part = partOf('protocol in (tcp, udp, sctp, dccp, gre) dport 443 nat.kind != none is:assured');
    expect(part.dumps.length).toBeLessThanOrEqual(MAX_DUMPS);
    expect(part.hereOnly).toContain('dport 443');
  });

  it('is explained in a sentence', () => {
    expect(explainFlowKernelPart(partOf('family = ipv4 protocol = tcp dport 443 state = ESTABLISHED'))).toBe(
      'The kernel tests: family = ipv4, protocol = tcp, dport 443 (2 dumps). Tested here alone: state = ESTABLISHED.',
    );
    expect(explainFlowKernelPart(partOf('state = ESTABLISHED'))).toBe(
      'The kernel tests nothing of it. Tested here alone: state = ESTABLISHED.',
    );
  });
});

describe('any expression', () => {
  const ADDRESSES = ['192.0.2.1', '192.0.2.2', '2001:db8::1'] as const;
  const PORTS = [53, 443] as const;
  const port = fc.constantFrom(...PORTS);
  const protocol = fc.constantFrom(1, 6, 17, 47, 58, 132, 136);

  const tuple = (family: FlowFamily, number: number): fc.Arbitrary<Tuple> => {
    // IPv6 flows may have IPv4-mapped addresses.
    const address = fc.constantFrom(...ADDRESSES.filter((each) => family === AF_INET6 || !each.includes(':')));
    const base = { src: address, dst: address, protocol: fc.constant(number) };
    return number === 1 || number === 58
      ? fc.record({ ...base, icmpId: fc.constant(1), icmpType: fc.constant(8), icmpCode: fc.constant(0) })
      : fc.record({ ...base, sport: port, dport: port });
  };
  const flow: fc.Arbitrary<Flow> = fc
    .tuple(protocol, fc.constantFrom<FlowFamily>(AF_INET, AF_INET6))
    .chain(([number, family]) =>
      fc.record({
        family: fc.constant(family),
        orig: tuple(family, number),
        reply: tuple(family, number),
        status: fc.constantFrom(0x8, 0xe, 0x18e, 0x19e, 0x1ae, 0x1be, 0x20e),
        mark: fc.constantFrom(0, 7),
        zone: fc.constantFrom(0, 3),
        tcp: fc.constant({ state: 3 }),
      }),
    );

  const field = (names: readonly string[], values: readonly (string | number)[]): fc.Arbitrary<string> =>
    fc
      .tuple(fc.constantFrom(...names), fc.constantFrom('=', '!=', ':'), fc.constantFrom(...values))
      .map(([name, operator, value]) => (operator === ':' ? `${name}:${value}` : `${name} ${operator} ${value}`));
  const addressNames = ['localAddress', 'remoteAddress', 'orig.src', 'orig.dst', 'reply.src', 'reply.dst'];
  const portNames = ['localPort', 'remotePort', 'orig.sport', 'orig.dport', 'reply.sport', 'reply.dport'];
  const leaf = fc.oneof(
    field(['family'], ['ipv4', 'ipv6']),
    field(['protocol'], ['tcp', 'udp', 'udplite', 'icmp', 'sctp', '"47"', 'gre']),
    field(addressNames, [...ADDRESSES, '192.0.2.0/24']),
    field(portNames, [...PORTS, 80]),
    field(['nat.kind'], ['none', 'source', 'destination', 'both']),
    field(['state'], ['ESTABLISHED', 'CLOSE']),
    field(['mark', 'zone'], [0, 3, 7]),
    fc.constantFrom(
      'family:ip',
      'is:assured',
      'is:src_nat',
      'is:dst_nat',
      'is:dying',
      'sport 443',
      'dport 53,443',
      'port 53',
      'src 192.0.2.1',
    ),
  );
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) and (${b})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) or (${b})`),
      tie('expression').map((a) => `not (${a})`),
    ),
  }));
  const conjunction = fc.array(fc.oneof({ weight: 4, arbitrary: leaf }, expression), { maxLength: 6 }).map((parts) => {
    return parts.map((part) => `(${part})`).join(' and ');
  });

  it('has a part that excludes no flow for which the whole holds', () => {
    let [matches, tested] = [0, 0];
    fc.assert(
      fc.property(
        conjunction,
        fc.array(flow, { minLength: 8, maxLength: 8 }),
        fc.subarray([...ADDRESSES]),
        (text, flows, local) => {
          const compiled = compileExpression(text, FLOW_VOCABULARY);
          const part = flowKernelPart(compiled);
          expect(part.dumps.length).toBeLessThanOrEqual(MAX_DUMPS);
          // The kernel would refuse a filter that no request can be built of.
          for (const filter of part.dumps) buildDumpRequest(filter);
          if (part.inKernel.length > 0) tested++;
          for (const each of flows) {
            if (!compiled.matches(flowRow(each, (one) => local.some((other) => other === one)))) continue;
            matches++;
            if (!part.dumps.some((filter) => dumps(each, filter)))
              throw new Error(`dump excludes ${JSON.stringify(each)}`);
            if (!passes(each, part.events)) throw new Error(`events exclude ${JSON.stringify(each)}`);
          }
        },
      ),
      { numRuns: 4000 },
    );
    expect(Math.min(matches, tested)).toBeGreaterThan(500);
  });

  it('keeps the events of the kernel for which it holds', () => {
    const decoder = new ConntrackDecoder();
    const messages = capturedMessages('conntrack/6.18-events.bin');
    const events = messages.map((bytes) => decoder.event(bytes));
    fc.assert(
      fc.property(conjunction, (text) => {
        const compiled = compileExpression(text, FLOW_VOCABULARY);
        const program = assembleEventFilter(flowKernelPart(compiled).events);
        if (program === undefined) return;
        for (const [i, event] of events.entries()) {
          if (!compiled.matches(flowRow(event.flow))) continue;
          if (runClassicBpf(program, messages[i] ?? new Uint8Array()) === 0) throw new Error(`event ${i} is excluded`);
        }
      }),
      { numRuns: 500 },
    );
  });
});
