import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DESCRIBED_COLUMNS } from '../../../export/columns/descriptions.js';
import {
  type ColumnValue,
  SNAPSHOT_COLUMNS,
  SnapshotReader,
  THINNING_COLUMNS,
  toInt64,
} from '../../../export/index.js';
import {
  INET_DIAG_MSG,
  INET_DIAG_SOCKID,
  type InetDiagMsg,
  MPTCP_SUBFLOW,
  SCALAR_ATTRIBUTES,
  TLS_INFO,
} from '../../../inetdiag/index.js';
import { DecodeError, type Field, formatAddress, readExact } from '../../../netlink/index.js';
import { type ArchivedRecord, formatTimestamp, timestampToNs, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { decodeSnapshot, type Snapshot } from '../../../parse/snapshot/index.js';
import { TCP_INFO, TCP_INFO_7_0, tcpStateName } from '../../../tcp/index.js';
import { anyRecord } from '../../parse/snapshot/records.js';
import { STRUCTS } from './structs.js';

const BY_NAME = new Map(SNAPSHOT_COLUMNS.map((column) => [column.name, column]));

function read(reader: SnapshotReader, name: string): ColumnValue {
  const column = BY_NAME.get(name);
  if (column === undefined) throw new RangeError(`no column ${name}`);
  return column.read(reader);
}

/** Returns a decoded field as its column has it, with the exact value if a number cannot hold it. */
function expectedOf(struct: object | undefined, field: Field, payload: Uint8Array | null | undefined): ColumnValue {
  const value = (struct as Readonly<Record<string, ColumnValue | undefined>> | undefined)?.[field.name];
  if (value !== undefined) return value;
  if (field.kind === 'u64' && payload !== null && payload !== undefined) return readExact(payload, field) ?? null;
  return null;
}

const CA_STATES = ['Open', 'Disorder', 'CWR', 'Recovery', 'Loss'];

/** Returns the expected value of every column, computed with the allocating decoder. */
function expectedValues(
  snapshot: Snapshot,
  { attributes = [] }: ArchivedRecord,
  kernel: string,
): Map<string, ColumnValue> {
  const all = new Map<string, ColumnValue>();
  const msg = snapshot.inetDiagMsg as InetDiagMsg;
  for (const field of INET_DIAG_MSG.fields) all.set(field.cName, expectedOf(msg, field, null));
  all.set('state', tcpStateName(msg.state));
  for (const field of INET_DIAG_SOCKID.fields) {
    if (field.kind !== 'bytes') all.set(field.cName, expectedOf(msg.id, field, null));
  }
  all.set('idiag_src', formatAddress(msg.id.src, msg.family));
  all.set('idiag_dst', formatAddress(msg.id.dst, msg.family));
  all.set('idiag_cookie', msg.id.cookie.toString(16).toUpperCase().padStart(16, '0'));
  const tcpFields = kernel.startsWith('7') ? TCP_INFO_7_0.fields : TCP_INFO.fields;
  for (const field of TCP_INFO_7_0.fields) all.set(field.cName, null);
  for (const field of tcpFields) all.set(field.cName, expectedOf(snapshot.tcpInfo, field, attributes[2]));
  const ca = snapshot.tcpInfo?.caState;
  all.set('ca_state', ca === undefined ? null : (CA_STATES[ca] ?? `UNKNOWN(${ca})`));
  all.set('congestion_algorithm', snapshot.congestionAlgorithm ?? null);
  for (const [, field] of SCALAR_ATTRIBUTES) {
    const name = field.name === 'v6only' ? 'v6only' : field.cName.slice('INET_DIAG_'.length).toLowerCase();
    all.set(name, expectedOf(snapshot, field, null));
  }
  for (const { key, struct, part, rename } of STRUCTS) {
    for (const field of struct.fields)
      all.set(rename(field.cName), expectedOf(snapshot[key] as object | undefined, field, attributes[part]));
  }
  all.set('ulp', snapshot.ulpInfo?.name ?? null);
  for (const [, field] of TLS_INFO) {
    all.set(`tls_${field.cName.slice(9).toLowerCase()}`, expectedOf(snapshot.ulpInfo?.tls, field, null));
  }
  for (const [, field] of MPTCP_SUBFLOW) {
    const value = expectedOf(snapshot.ulpInfo?.mptcp, field, null);
    const text = typeof value === 'bigint' ? value.toString(16).toUpperCase().padStart(16, '0') : value;
    all.set(`mptcp_${field.cName.slice(19).toLowerCase()}`, text);
  }
  return all;
}

const IDENTITY = ['uuid', 'sequence', 'timestamp', 'netns_inode', 'netns_name'];
const metadata = {
  uuid: 'h_1_000000000000BE33',
  sequence: 2,
  startTime: '2026-11-20T23:28:03Z',
  netns: { inode: 4_026_531_840, name: 'blue' },
};

describe('SNAPSHOT_COLUMNS', () => {
  it('have unique names, descriptions, and the kernel version that added them', () => {
    const names = [...SNAPSHOT_COLUMNS, ...THINNING_COLUMNS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of DESCRIBED_COLUMNS) expect(names).toContain(name);
    for (const { name, description } of SNAPSHOT_COLUMNS) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(description).toMatch(/^[A-Z0-9].*[^.]$/);
    }
  });

  it("equal the decoder's values for any records in sequence", () => {
    const reader = new SnapshotReader();
    fc.assert(
      fc.property(anyRecord, fc.constantFrom('6.18.44', '7.0.1'), (record, kernel) => {
        const provenance = { schema: 1, kernel, intervalNs: 10_000_000, host: 'h', firstSeen: 'scan' };
        reader.begin('a');
        expect(reader.load({ timestamp: ZERO_TIMESTAMP, metadata: { ...metadata, provenance } })).toBe(false);
        let snapshot: Snapshot;
        try {
          snapshot = decodeSnapshot(record, { kernelRelease: kernel });
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          expect(() => reader.load(record)).toThrow(expect.objectContaining({ code: error.code }));
          return;
        }
        expect(reader.load(record)).toBe(true);
        const expected = expectedValues(snapshot, record, kernel);
        const rest = SNAPSHOT_COLUMNS.map(({ name }) => name).filter((name) => !IDENTITY.includes(name));
        expect([...expected.keys()].sort()).toEqual(rest.sort());
        for (const [name, value] of expected) {
          if (!Object.is(read(reader, name), value)) expect({ [name]: read(reader, name) }).toEqual({ [name]: value });
        }
      }),
      { numRuns: 400 },
    );
  });

  it('have identity and time', () => {
    const reader = new SnapshotReader();
    fc.assert(
      fc.property(anyRecord, (record) => {
        reader.begin('a');
        reader.load({ timestamp: ZERO_TIMESTAMP, metadata });
        reader.load({ ...record, attributes: [] });
        expect(IDENTITY.filter((name) => name !== 'timestamp').map((name) => read(reader, name))).toEqual([
          metadata.uuid,
          2,
          4_026_531_840,
          'blue',
        ]);
        const ns = timestampToNs(record.timestamp) ?? 0n;
        const fits = ns >= -(2n ** 63n) && ns < 2n ** 63n;
        expect(read(reader, 'timestamp')).toBe(fits ? ns : null);
        expect(BY_NAME.get('timestamp')?.text?.(reader)).toBe(fits ? formatTimestamp(ns) : null);
        if (fits) expect(BigInt(reader.view.timeUs)).toBe((ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n);
      }),
    );
    reader.begin('b');
    reader.load({ timestamp: '2026-11-20T23:28:03Z', rawIdm: new Uint8Array(72) });
    for (const name of IDENTITY.filter((each) => each !== 'timestamp')) expect(read(reader, name)).toBeNull();
  });

  it('keep an IPv6 address cut to its /48 an IPv6 address', () => {
    const rawIdm = new Uint8Array(72);
    rawIdm.set([10, 1, 0, 0, 0, 80, 0, 81, 0x20, 0x01, 0x0d, 0xb8]);
    const reader = new SnapshotReader();
    reader.load({ timestamp: ZERO_TIMESTAMP, rawIdm });
    expect(read(reader, 'idiag_src')).toBe('2001:db8::');
    rawIdm[0] = 2;
    reader.load({ timestamp: ZERO_TIMESTAMP, rawIdm });
    expect(read(reader, 'idiag_src')).toBe('32.1.13.184');
  });

  it("distinguish the kernel's sentinel values from missing fields", () => {
    const none = SNAPSHOT_COLUMNS.filter(({ isNone }) => isNone !== undefined).map(({ name }) => name);
    expect(none).toContain('tcpi_min_rtt');
    const reader = new SnapshotReader();
    const minRtt = BY_NAME.get('tcpi_min_rtt');
    const load = (tcpInfo: Uint8Array): unknown[] => {
      reader.load({ timestamp: ZERO_TIMESTAMP, rawIdm: new Uint8Array(72), attributes: [null, null, tcpInfo] });
      return [minRtt?.read(reader), minRtt?.isNone?.(reader)];
    };
    expect(load(new Uint8Array(280).fill(0xff))).toEqual([null, true]);
    expect(load(new Uint8Array(148))).toEqual([null, false]);
    expect(load(new Uint8Array(152))).toEqual([0, false]);
  });

  it('reject an invalid record', () => {
    const reader = new SnapshotReader();
    const timestamp = '2026-11-20T23:28:03Z';
    expect(() => reader.load({ timestamp })).toThrow(expect.objectContaining({ code: 'ERR_RECORD' }));
    expect(() => reader.load({ timestamp, rawIdm: new Uint8Array(71) })).toThrow(
      expect.objectContaining({ code: 'ERR_TRUNCATED' }),
    );
  });
});

describe('toInt64', () => {
  it('returns null for values beyond 64 signed bits', () => {
    expect([2n ** 63n, -(2n ** 63n) - 1n].map(toInt64)).toEqual([null, null]);
    for (const value of [2n ** 63n - 1n, -(2n ** 63n), 5, 'x', true, null]) expect(toInt64(value)).toBe(value);
  });
});
