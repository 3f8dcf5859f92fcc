import {
  type ConnectionIdentity,
  fillObservation,
  newObservation,
  numberReaders,
  type Observation,
  type ObservationReaders,
} from '../../analysis/index.js';
import { formatTimestamp } from '../../parse/index.js';
import { columnName } from '../columns/index.js';

type Row = readonly unknown[];

/** Expressions of the query, in order. */
const EXPRESSIONS: string[] = [];

/** Adds an expression to the query, and returns the reader of its value in a row. */
function select(expression: string): (row: Row) => unknown {
  const at = EXPRESSIONS.push(expression) - 1;
  return (row) => row[at];
}

function selectNumber(expression: string): (row: Row) => number | null {
  const read = select(expression);
  return (row) => toNumber(read(row));
}

function selectText(expression: string): (row: Row) => string | null {
  const read = select(expression);
  return (row) => toText(read(row));
}

const uuid = selectText('uuid');
const netnsInode = selectNumber('netns_inode');
const netnsName = selectText('netns_name');
const family = selectNumber('idiag_family');
const localAddress = selectText('idiag_src');
const localPort = selectNumber('idiag_sport');
const remoteAddress = selectText('idiag_dst');
const remotePort = selectNumber('idiag_dport');
const timestampNs = select('timestamp_ns');
const hasInfo = select('tcpi_state IS NOT NULL');
const appLimited = select('tcpi_delivery_rate_app_limited');

const FROM_ROW: ObservationReaders<Row> = {
  ...numberReaders<Row>(({ field }) => selectNumber(columnName(field))),
  timestamp: (row) => {
    const ns = timestampNs(row);
    return typeof ns === 'bigint' ? formatTimestamp(ns) : '';
  },
  timeUs: (row) => {
    const ns = timestampNs(row);
    return typeof ns === 'bigint' ? Number(ns / 1000n) : 0;
  },
  hasInfo: (row) => hasInfo(row) === true,
  congestionAlgorithm: selectText('congestion_algorithm'),
  appLimited: (row) => appLimited(row) === true,
};

/** Sorting expression for archives without metadata, whose snapshots only have addresses and ports as an identity. */
const ENDS_WITHOUT_UUID = `CASE WHEN uuid IS NULL THEN concat_ws(' ', idiag_src, idiag_sport, idiag_dst, idiag_dport) END`;

/** Returns the query for {@link readObservation}: connection after connection, each in order of time. */
export function observationQuery(table: string): string {
  return `SELECT ${EXPRESSIONS.join(', ')} FROM ${table} ORDER BY uuid, ${ENDS_WITHOUT_UUID}, timestamp_ns`;
}

/** Returns whether two consecutive rows belong to one connection. */
export function isSameConnection(a: ConnectionIdentity, b: ConnectionIdentity): boolean {
  if (a.uuid !== null || b.uuid !== null) return a.uuid === b.uuid;
  const isSameNear = a.localAddress === b.localAddress && a.localPort === b.localPort;
  return isSameNear && a.remoteAddress === b.remoteAddress && a.remotePort === b.remotePort;
}

/** Observation of a snapshot with the identity of its connection. */
export interface ObservedRow {
  readonly identity: ConnectionIdentity;
  /** Observation; the same object for every row. */
  readonly observation: Observation;
}

const observation = newObservation();

/** Reads a row of {@link observationQuery}. */
export function readObservation(row: Row): ObservedRow {
  const identity = {
    uuid: uuid(row),
    netnsInode: netnsInode(row),
    netnsName: netnsName(row),
    family: family(row) ?? 0,
    localAddress: localAddress(row) ?? '',
    localPort: localPort(row) ?? 0,
    remoteAddress: remoteAddress(row) ?? '',
    remotePort: remotePort(row) ?? 0,
  };
  return { identity, observation: fillObservation(FROM_ROW, row, observation) };
}

/** Returns a number; null for a value that it cannot hold exactly, as in `observe`. */
function toNumber(value: unknown): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

function toText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
