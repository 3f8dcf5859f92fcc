import { describe, expect, it } from 'vitest';
import * as conntrack from '../../conntrack/index.js';
import { ConntrackDecoder, type Flow } from '../../conntrack/index.js';
import { type AttributeTable, type Field, readField } from '../../netlink/index.js';
import { compileAndRun, hasCompiler } from '../tcp/kernel-layout.js';
import { type Attribute, message, TUPLES } from './messages.js';

/** Constants that Debian 12's headers do not have: the kernel's sources or newer headers do. */
const NEWER = /^CTA_(FILTER_F_|TIMESTAMP_EVENT)/;
const HEADERS = [
  'linux/netfilter/nfnetlink_conntrack.h',
  'linux/netfilter/nf_conntrack_common.h',
  'linux/netfilter/nf_conntrack_tcp.h',
  'linux/netfilter/nf_conntrack_sctp.h',
  'linux/netlink.h',
];

function valuesInHeaders(names: readonly string[]): number[] {
  const out = compileAndRun(HEADERS, names.map((name) => `printf("%d ", (int)${name});`).join('\n'));
  return out.trim().split(' ').map(Number);
}

describe.runIf(hasCompiler('constants of connection tracking'))('constants', () => {
  it('have the values in the headers', () => {
    const names = Object.keys(conntrack).filter((name) => /^(CTA|IPCTNL|NFNL)_/.test(name) && !NEWER.test(name));
    const ours = names.map((name) => (conntrack as Readonly<Record<string, unknown>>)[name]);
    expect(names.length).toBeGreaterThan(60);
    expect(ours).toEqual(valuesInHeaders(names));
  });

  it.each([
    ['TCP_CONNTRACK_', conntrack.TcpConntrack],
    ['SCTP_CONNTRACK_', conntrack.SctpConntrack],
    ['IPS_', without(conntrack.ConntrackStatus, 'NAT_CLASH')],
    ['IP_CT_TCP_FLAG_', without(conntrack.TcpConntrackFlag, 'CHALLENGE_ACK', 'SIMULTANEOUS_OPEN')],
  ])('of %s have the values in the headers', (prefix, table) => {
    expect(Object.values(table)).toEqual(valuesInHeaders(Object.keys(table).map((name) => `${prefix}${name}`)));
  });

  it('of tables have their attributes’ numbers', () => {
    const tables: readonly AttributeTable<never>[] = [
      conntrack.FLOW_SCALARS,
      conntrack.TUPLE_PROTO,
      conntrack.TUPLE_PROTO_ICMPV6,
      conntrack.PROTOINFO_TCP,
      conntrack.PROTOINFO_SCTP,
      conntrack.PROTOINFO_DCCP,
      conntrack.COUNTERS,
      conntrack.TIMESTAMP,
      conntrack.SEQ_ADJ,
      conntrack.SYNPROXY,
      conntrack.CPU_STATISTICS,
      conntrack.TABLE_STATISTICS,
    ];
    const rows = tables
      .flatMap((table) => [...(table as ReadonlyMap<number, Field>)])
      .filter(([, { cName }]) => !NEWER.test(cName));
    expect(rows.map(([number]) => number)).toEqual(valuesInHeaders(rows.map(([, { cName }]) => cName)));
  });
});

function without<T extends object, K extends keyof T>(table: T, ...names: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !names.some((other) => other === name))) as Omit<
    T,
    K
  >;
}

/** Attributes around those of a table, and the object with its values in the decoded flow. */
const PLACES: readonly (readonly [
  string,
  ReadonlyMap<number, Field>,
  (inner: Attribute) => Attribute,
  (flow: Flow) => unknown,
])[] = [
  ['FLOW_SCALARS', conntrack.FLOW_SCALARS, (inner) => inner, (flow) => flow],
  ['PROTOINFO_TCP', conntrack.PROTOINFO_TCP, (inner) => [4, [[1, [inner]]]], ({ tcp }) => tcp],
  ['PROTOINFO_SCTP', conntrack.PROTOINFO_SCTP, (inner) => [4, [[3, [inner]]]], ({ sctp }) => sctp],
  ['PROTOINFO_DCCP', conntrack.PROTOINFO_DCCP, (inner) => [4, [[2, [inner]]]], ({ dccp }) => dccp],
  ['COUNTERS', conntrack.COUNTERS, (inner) => [9, [inner]], ({ origCounters }) => origCounters],
  ['TIMESTAMP', conntrack.TIMESTAMP, (inner) => [20, [inner]], (flow) => flow],
  ['SEQ_ADJ', conntrack.SEQ_ADJ, (inner) => [15, [inner]], ({ seqAdjOrig }) => seqAdjOrig],
  ['SYNPROXY', conntrack.SYNPROXY, (inner) => [24, [inner]], ({ synproxy }) => synproxy],
  ['TUPLE_PROTO', conntrack.TUPLE_PROTO, inMaster, ({ master }) => master],
  ['TUPLE_PROTO_ICMPV6', conntrack.TUPLE_PROTO_ICMPV6, inMaster, ({ master }) => master],
];

function inMaster(inner: Attribute): Attribute {
  return [
    14,
    [
      [
        1,
        [
          [1, [192, 0, 2, 1]],
          [2, [192, 0, 2, 2]],
        ],
      ],
      [2, [[1, [6]], inner]],
    ],
  ];
}

const ROWS = PLACES.flatMap(([table, fields, around, place]) => {
  return [...fields].map(([number, field]) => [table, field.cName, number, field, around, place] as const);
});

describe('the decoder reads', () => {
  it.each(ROWS)('%s: %s as the table says', (_, __, number, field, around, place) => {
    const payload = Array.from({ length: field.cName.includes('TCP_FLAGS') ? 2 : field.size }, (___, i) => i + 1);
    const flow = new ConntrackDecoder().flow(message({}, [...TUPLES, around([number, payload])]));
    const value = readField(Uint8Array.from(payload), field);
    // 0x0102030405060708 is more than a number can hold.
    expect((place(flow) as Readonly<Record<string, unknown>>)[field.name]).toEqual(value);
    if (field.kind !== 'be64') expect(value).toBeDefined();
  });
});
