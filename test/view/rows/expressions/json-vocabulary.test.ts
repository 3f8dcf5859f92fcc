import { describe, expect, it } from 'vitest';
import { Deriver, newObservation } from '../../../../analysis/index.js';
import { fullName } from '../../../../expression/index.js';
import { fieldJson, isScalar } from '../../../../fields/index.js';
import { ROW_FIELDS, ROW_FLAGS, ROW_VOCABULARY, type StoreRow } from '../../../../live/store/index.js';
import type { RowJson } from '../../../../live/wire/index.js';
import { TcpState } from '../../../../tcp/index.js';
import { JSON_VOCABULARY } from '../../../../view/top/rows-as-json.js';
import { CONNECTION } from '../../top/connection-row.js';

const END_US = 1_795_890_900_000_000;

/** Creates a row of the store in which every value is known. */
function storeRow(more: Partial<StoreRow> = {}): StoreRow {
  const observation = newObservation();
  for (const key of Object.keys(observation) as (keyof typeof observation)[]) {
    if (typeof observation[key] === 'number' || observation[key] === null) Object.assign(observation, { [key]: 3 });
  }
  Object.assign(observation, { congestionAlgorithm: 'cubic', appLimited: true, timestamp: '2026-11-28T19:05:00Z' });
  const derived = { ...new Deriver().next(observation), limitedBy: 'cwnd' as const, retransmitRateBytes: 0.5 };
  return {
    key: 'host_1_00000000000000AA',
    cookie: 0xaan,
    identity: CONNECTION,
    localBytes: new Uint8Array(16),
    remoteBytes: new Uint8Array(16),
    startTime: CONNECTION.startTime,
    durationUs: CONNECTION.durationUs,
    howEnded: CONNECTION.howEnded,
    closedFirst: CONNECTION.closedFirst,
    total: (counter) => CONNECTION[counter],
    startUs: END_US - 60e6,
    endUs: END_US,
    state: TcpState.CLOSE_WAIT,
    isOpen: true,
    endCause: null,
    closedUs: null,
    ageUs: 5e6,
    connection: CONNECTION,
    now: { observation, derived },
    alerts: ['lossy'],
    watch: { intervalMs: 2, untilTime: null, named: ['7'] },
    process: {
      pid: 7,
      command: 'nginx',
      executable: '/usr/sbin/nginx',
      uid: 33,
      user: 'www',
      otherPids: 1,
      seenTime: 'x',
    },
    processUnknown: null,
    nat: { kind: 'both', destination: '10.0.0.2:9001', source: '192.0.2.7:40009' },
    pair: { key: 'host_1_00000000000000AB', uuid: 'host_1_00000000000000AB', netnsName: 'blue', agrees: true },
    pairAmbiguous: false,
    mptcp: {
      token: '0000beef',
      subflows: ['host_1_00000000000000AA'],
      backup: false,
      joined: true,
      idLoc: 1,
      idRem: 2,
      cookie: '00000000000000bb',
      fellBack: true,
      bytesSent: 5_000,
      bytesAcked: 4_000,
      bytesReceived: 3_000,
      bytesRetrans: 200,
      retransmits: 2,
    },
    flow: null,
    cgroup: {
      id: '4711',
      path: '/a',
      unit: 'nginx.service',
      container: { id: 'c0ffee', runtime: null },
      pod: { uid: 'u', name: null, namespace: 'n', container: 'c' },
    },
    ...more,
  };
}

/** Returns a row as an API sends it with all fields. */
function jsonOf(row: StoreRow): RowJson {
  const json: Record<string, Record<string, unknown> | unknown> = {};
  for (const field of ROW_FIELDS) {
    if (field.part === '') json[field.name] = fieldJson(field, row);
    else json[field.part] = { ...(json[field.part] as object), [field.name]: fieldJson(field, row) };
  }
  for (const part of ['now', 'process', 'cgroup', 'watch'] as const) if (row[part] === null) json[part] = null;
  return JSON.parse(JSON.stringify(json)) as RowJson;
}

const ROWS: readonly (readonly [string, StoreRow])[] = [
  ['open', storeRow()],
  ['closed', storeRow({ isOpen: false, state: TcpState.CLOSE, closedUs: END_US, endCause: 'event', watch: null })],
  ['old, without process', storeRow({ ageUs: 3600e6, process: null, processUnknown: 'gone', cgroup: null })],
  ['of archives', storeRow({ now: null, process: null, processUnknown: 'off', cookie: null })],
];

describe('the fields of a frozen view', () => {
  it.each(ROWS)('have the values of the store: row %s', (_, row) => {
    const json = jsonOf(row);
    for (const field of ROW_FIELDS.filter(isScalar)) {
      const read = JSON_VOCABULARY.field(fullName(field))?.field;
      expect([fullName(field), read?.read(json) ?? null]).toEqual([fullName(field), field.read(row) ?? null]);
    }
  });

  it('have the names and the possible values of the store', () => {
    for (const field of ROW_FIELDS.filter(isScalar)) {
      for (const name of [fullName(field), field.name, ...(field.aliases ?? [])]) {
        const [own, store] = [JSON_VOCABULARY, ROW_VOCABULARY].map((vocabulary) => vocabulary.field(name)?.field);
        expect([name, own && fullName(own), own && 'values' in own && own.values]).toEqual([
          name,
          store && fullName(store),
          store && 'values' in store && store.values,
        ]);
      }
    }
  });

  it.each(ROWS)('have the flags of the store: row %s', (_, row) => {
    const json = jsonOf(row);
    for (const { name, read } of ROW_FLAGS) {
      expect([name, JSON_VOCABULARY.flag(name)?.read(json) ?? null]).toEqual([name, read(row) ?? null]);
    }
  });

  it('have known values in the test', () => {
    const unknown = ROW_FIELDS.filter(isScalar).filter((field) =>
      ROWS.every(([, row]) => (field.read(row) ?? null) === null),
    );
    expect(unknown.map(fullName).filter((name) => !name.startsWith('now.'))).toEqual([]);
  });
});
