import fc from 'fast-check';
import {
  ConnectionBuilder,
  type ConnectionCounter,
  type ConnectionRow,
  Deriver,
  LIMITED_BY,
  newDerived,
  newObservation,
} from '../../../analysis/index.js';
import { comparableAddress } from '../../../inetdiag/index.js';
import type { ConnectionStore, ConnectionTimeline, NowValues, StoreRow } from '../../../live/store/index.js';
import type { CgroupJson, OverviewSecondJson, ProcessJson } from '../../../live/wire/index.js';
import { parseAddress } from '../../../netlink/index.js';
import { TcpState } from '../../../tcp/index.js';
import { IDENTITY, observation } from '../../analysis/observations.js';

/** Row to be made. */
export interface RowSpec {
  readonly uuid?: string | null;
  readonly key?: string;
  readonly cookie?: bigint | null;
  readonly netnsName?: string | null;
  readonly netnsInode?: number | null;
  readonly local?: string;
  readonly localPort?: number;
  readonly remote?: string;
  readonly remotePort?: number;
  readonly startUs?: number;
  readonly isOpen?: boolean;
  readonly rttUs?: number | null;
  readonly sent?: number | null;
  readonly received?: number | null;
  readonly retransmitted?: number | null;
  readonly limitedBy?: (typeof LIMITED_BY)[number] | null;
  readonly command?: string | null;
  readonly unit?: string | null;
  readonly congestionAlgorithm?: string | null;
}

const START_US = 1_795_217_280_000_000;

function bytesOf(text: string): Uint8Array {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(`${text} is no address`);
  return comparableAddress(address.bytes, address.family);
}

/** Makes a row of a live store. */
export function fakeRow(spec: RowSpec = {}): StoreRow {
  const { uuid = 'h_0000000000000001', startUs = START_US, isOpen = true, command = null, unit = null } = spec;
  const { local = '192.0.2.1', remote = '192.0.2.2', localPort = 1, remotePort = 2 } = spec;
  const { netnsName = null, netnsInode = null, sent = 0, received = 0, retransmitted = 0 } = spec;
  const identity = {
    ...IDENTITY,
    ...{ uuid, netnsName, netnsInode, localPort, remotePort },
    ...{ localAddress: local, remoteAddress: remote },
  };
  const moment = observation({
    timeUs: startUs,
    rttUs: spec.rttUs === undefined ? 1000 : spec.rttUs,
    congestionAlgorithm: spec.congestionAlgorithm === undefined ? 'cubic' : spec.congestionAlgorithm,
  });
  const builder = new ConnectionBuilder();
  builder.add(moment, new Deriver().next(moment));
  const connection = builder.finish(identity);
  const now: NowValues = {
    observation: { ...newObservation(), ...moment },
    derived: {
      ...newDerived(),
      sendThroughputBytesPerSec: sent,
      goodputBytesPerSec: sent,
      receiveThroughputBytesPerSec: received,
      retransmitRateBytes: retransmitted,
      limitedBy: spec.limitedBy ?? null,
    },
  };
  const process: ProcessJson | null =
    command === null
      ? null
      : { pid: 7, command, executable: null, uid: 0, user: 'root', otherPids: 0, seenTime: '2026-11-21T00:00:00Z' };
  const cgroup: CgroupJson | null =
    unit === null ? null : { id: '1', path: `/${unit}`, unit, container: { id: unit, runtime: null }, pod: null };
  return {
    key: spec.key ?? uuid ?? '',
    cookie: spec.cookie === undefined ? 1n : spec.cookie,
    identity,
    localBytes: bytesOf(local),
    remoteBytes: bytesOf(remote),
    startTime: connection.startTime,
    startUs,
    endUs: startUs,
    state: isOpen ? TcpState.ESTABLISHED : TcpState.CLOSE,
    isOpen,
    endCause: isOpen ? null : 'event',
    closedUs: isOpen ? null : startUs + 5,
    ageUs: 5,
    durationUs: 0,
    howEnded: connection.howEnded,
    closedFirst: connection.closedFirst,
    total: (counter: ConnectionCounter) => connection[counter],
    connection,
    now,
    alerts: [],
    watch: null,
    process,
    processUnknown: process === null ? 'none' : null,
    cgroup,
    nat: null,
    pair: null,
    pairAmbiguous: false,
    mptcp: null,
    flow: null,
  };
}

/** Makes a row as a store over archives has it: without values of now. */
export function archivedRow(spec: RowSpec, connection: Partial<ConnectionRow>): StoreRow {
  const row = fakeRow(spec);
  return { ...row, now: null, connection: { ...row.connection, ...connection } };
}

/** Store whose rows are given. */
export class FakeStore implements ConnectionStore {
  readonly mode: 'live' | 'archive';
  generation = 1;
  timeUs = START_US;
  list: StoreRow[];
  readonly budget = { historyBytes: 0, maxHistoryBytes: 0, historySec: 0, maxClosed: 0, keepClosedSec: 0 };
  readonly attribution = { on: false, readsOthers: false, unknown: {} };
  readonly times = new Map<StoreRow, readonly number[]>();
  readonly seconds: OverviewSecondJson[] = [];
  readonly listeners = new Set<() => void>();
  /** Number of iterations over the rows that began. */
  iterations = 0;

  constructor(list: readonly StoreRow[] = [], mode: 'live' | 'archive' = 'live') {
    this.list = [...list];
    this.mode = mode;
  }

  get size(): number {
    return this.list.length;
  }

  get closedSize(): number {
    return this.list.filter(({ isOpen }) => !isOpen).length;
  }

  rows(): IterableIterator<StoreRow> {
    this.iterations++;
    return this.list.values();
  }

  row(key: string): StoreRow | undefined {
    return this.list.find((row) => row.key === key);
  }

  async timeline(): Promise<ConnectionTimeline> {
    return { source: 'memory', startUs: undefined, spanUs: 0, cellUs: 1e6, cells: () => [], parts: [] };
  }

  readonly overviewWidthUs = 1e6;

  overview(_windowUs: number): readonly OverviewSecondJson[] {
    return this.seconds;
  }

  roundTrips(row: StoreRow, _windowUs: number): readonly number[] {
    return this.times.get(row) ?? [];
  }

  onGeneration(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onClosed(_row: StoreRow, _listener: () => void): () => void {
    return () => undefined;
  }

  /** Goes on to the next generation. */
  next(): void {
    this.generation++;
    this.timeUs += 1e6;
    for (const listener of [...this.listeners]) listener();
  }
}

/** Texts with all that JSON, terminals and pages treat in a special way. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom(
    '"',
    '\\',
    '\u2028\u2029',
    '\ud800',
    '\udc00x',
    '\u0000\u001b[31m',
    '</script>',
    '__proto__',
    '',
    '\u007f',
  ),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((codes) => String.fromCharCode(...codes)),
);

const number = (max: number): fc.Arbitrary<number | null> => fc.option(fc.nat({ max }));

/** Arbitrary rows, with few different values, so that many are equal. */
export const rowSpec: fc.Arbitrary<RowSpec> = fc.record({
  startUs: fc.integer({ min: START_US, max: START_US + 5 }),
  isOpen: fc.boolean(),
  local: fc.constantFrom('10.0.0.9', '10.0.0.10', '192.0.2.1', '::1', '2001:db8::9', '2001:db8::10'),
  remote: fc.constantFrom('10.0.0.9', '10.0.1.10', '10.1.0.1', '2001:db8:1::1'),
  localPort: fc.constantFrom(443, 80, 5001),
  remotePort: fc.nat({ max: 3 }),
  rttUs: number(5).map((value) => (value === 0 ? null : value)),
  sent: number(3),
  received: number(3),
  retransmitted: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
  limitedBy: fc.option(fc.constantFrom(...LIMITED_BY), { nil: null }),
  command: fc.option(fc.constantFrom('nginx', 'curl', 'a"b'), { nil: null }),
  unit: fc.option(fc.constantFrom('x.service', 'y.service'), { nil: null }),
  congestionAlgorithm: fc.option(fc.constantFrom('cubic', 'bbr'), { nil: null }),
  netnsName: fc.option(fc.constantFrom('blue', 'red'), { nil: null }),
  netnsInode: fc.option(fc.constantFrom(4026531840, 4026532000), { nil: null }),
});

/** Arbitrary stores with rows of different keys. */
export function storeOf(maxLength: number): fc.Arbitrary<FakeStore> {
  return fc
    .array(rowSpec, { maxLength })
    .map(
      (specs) =>
        new FakeStore(
          specs.map((spec, i) =>
            fakeRow({ ...spec, cookie: BigInt(i), uuid: `h_${i.toString(16).padStart(16, '0')}` }),
          ),
        ),
    );
}
