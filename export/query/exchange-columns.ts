import { timestampToNs } from '../../parse/index.js';
import type { Column, ColumnType, ColumnValue } from '../columns/index.js';

/** Archived HTTP exchange: an object of JSON, as the collector writes it. Nothing of it is sure to be there. */
export type ExchangeRow = Readonly<Record<string, unknown>>;

type Spec = readonly [name: string, type: ColumnType, description: string, read: (row: ExchangeRow) => ColumnValue];

const SPECS: readonly Spec[] = [
  ['time', 'timestamp', 'Time of the first byte of the request', ({ time }) => timeOf(time)],
  ['uuid', 'string', 'UUID of the connection; null if its socket was not found', ({ uuid }) => textOf(uuid)],
  ['netns', 'string', 'Name of the network namespace; null for the collector’s own', ({ netns }) => textOf(netns)],
  ['interface', 'string', 'Interface where the connection was first seen', (row) => textOf(row['interface'])],
  ['side', 'string', 'End that is this machine: server, client, local or forwarded', ({ side }) => textOf(side)],
  ['client', 'string', 'Address and port of the end that asks', ({ client }) => textOf(client)],
  ['server', 'string', 'Address and port of the end that answers', ({ server }) => textOf(server)],
  ['method', 'string', 'Method; null if the request is missing', ({ method }) => textOf(method)],
  ['host', 'string', 'Host of the request in lower case; without one the server’s address', ({ host }) => textOf(host)],
  ['path', 'string', 'Target without its query', ({ path }) => textOf(path)],
  ['section', 'string', 'Path up to its second /', ({ section }) => textOf(section)],
  ['version', 'string', 'Version: 1.0 or 1.1', ({ version }) => textOf(version)],
  ['status', 'int32', 'Status code of the final answer; null without one', ({ status }) => integerOf(status)],
  ...bytesSpecs('request', 'requestBytes'),
  ...bytesSpecs('response', 'responseBytes'),
  ['request_us', 'int64', 'Time from the request’s first byte to its last', (row) => integerOf(row['requestUs'])],
  ['ttfb_us', 'int64', 'Time from the request’s last byte to the answer’s first', (row) => integerOf(row['ttfbUs'])],
  ['response_us', 'int64', 'Time from the answer’s first byte to its last', (row) => integerOf(row['responseUs'])],
  [
    'duration_us',
    'int64',
    'Time from the request’s first byte to the answer’s last',
    (row) => integerOf(row['durationUs']),
  ],
  [
    'server_us',
    'int64',
    'Time that the server took: ttfb_us, on the client’s side less the round trip',
    (row) => integerOf(row['serverUs']),
  ],
  ['rtt_us', 'int64', 'Smoothed round trip of the connection at that moment', (row) => integerOf(row['rttUs'])],
  ['position', 'int64', 'Number of the exchange in its connection, from 1', ({ position }) => integerOf(position)],
  ['continued', 'bool', 'True if an answer 1xx came before the final one', ({ continued }) => booleanOf(continued)],
  ['upgraded', 'bool', 'True if the connection is no HTTP any more afterwards', ({ upgraded }) => booleanOf(upgraded)],
  [
    'body_estimated',
    'bool',
    'True if the length of a body is a distance of sequence numbers',
    (row) => booleanOf(row['bodyEstimated']) ?? false,
  ],
  ['missing', 'string', 'Reason for which something is not known; null if all is', ({ missing }) => textOf(missing)],
];

/** Columns of the table with one row per archived HTTP exchange. */
export const EXCHANGE_COLUMNS: readonly Column<ExchangeRow>[] = SPECS.map(([name, type, description, read]) => ({
  name,
  group: 'http',
  type,
  ...unitOf(name),
  description,
  read,
}));

function bytesSpecs(message: 'request' | 'response', key: string): Spec[] {
  const what = message === 'request' ? 'request' : 'answer';
  const part = (row: ExchangeRow, name: 'head' | 'body'): ColumnValue => {
    const bytes = row[key];
    return integerOf(typeof bytes === 'object' && bytes !== null ? (bytes as ExchangeRow)[name] : null);
  };
  return [
    [`${message}_head_bytes`, 'int64', `Bytes of the head of the ${what}`, (row) => part(row, 'head')],
    [`${message}_body_bytes`, 'int64', `Bytes of the body of the ${what}`, (row) => part(row, 'body')],
  ];
}

function unitOf(name: string): { readonly unit?: string } {
  if (name.endsWith('_us')) return { unit: 'us' };
  return name.endsWith('_bytes') ? { unit: 'bytes' } : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function integerOf(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}

function booleanOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function timeOf(value: unknown): bigint | null {
  return typeof value === 'string' ? (timestampToNs(value) ?? null) : null;
}
