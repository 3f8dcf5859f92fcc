import { EXCHANGE_VOCABULARY, type FieldJsonValue, fieldJson, type RowField } from '../../../fields/index.js';
import type { HttpExchange } from '../../../http/index.js';
import { UsageError } from './usage-error.js';

/** Column of `--format=tsv`. */
export interface Column {
  readonly name: string;
  /** Returns the cell's text; empty if the exchange lacks it. */
  readonly read: (exchange: HttpExchange) => string;
}

/** Columns of live exchanges without `--fields`. */
const DEFAULT_FIELDS = ['time', 'client', 'method', 'host', 'path', 'status', 'ttfb'];
/** Columns of files without `--fields`: httpry's. */
const DEFAULT_FILE_FIELDS = [
  'timestamp',
  'source-ip',
  'dest-ip',
  'direction',
  'method',
  'host',
  'request-uri',
  'http-version',
  'status-code',
  'reason-phrase',
];

/** Names of httpry's columns, by the field that has the value; undefined for what a line for both messages lacks. */
const HTTPRY_NAMES: Readonly<Record<string, ((exchange: HttpExchange) => string) | undefined>> = {
  timestamp: reader('time'),
  'source-ip': addressReader('client'),
  'source-port': reader('clientPort'),
  'dest-ip': addressReader('server'),
  'dest-port': reader('serverPort'),
  direction: () => '>',
  'request-uri': reader('path'),
  'http-version': ({ version }) => `HTTP/${version}`,
  'status-code': reader('status'),
  // The engine does not keep reasons: they say no more than the code.
  'reason-phrase': () => '',
};

/**
 * Returns the columns that an argument names: fields, httpry's names, and headers that are kept.
 * @throws UsageError for an unknown name
 */
export function columnsOf(
  names: readonly string[] | undefined,
  { isFile, headers }: { readonly isFile: boolean; readonly headers: readonly string[] },
): readonly Column[] {
  const wanted = names ?? (isFile ? DEFAULT_FILE_FIELDS : DEFAULT_FIELDS);
  return wanted.map((name) => ({ name, read: readerOf(name, headers) }));
}

function readerOf(name: string, headers: readonly string[]): Column['read'] {
  const header = name.toLowerCase();
  if (headers.includes(header))
    return ({ headers: { request, response } }) => request[header] ?? response[header] ?? '';
  const known = HTTPRY_NAMES[header] ?? (EXCHANGE_VOCABULARY.field(name) === undefined ? undefined : reader(name));
  if (known !== undefined) return known;
  const near = EXCHANGE_VOCABULARY.nearFields(name);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `--header=${name} keeps a header`;
  throw new UsageError(`--fields: '${name}' is no field and no header that is kept; ${hint}`);
}

function reader(name: string): Column['read'] {
  const field = EXCHANGE_VOCABULARY.field(name)?.field as RowField<HttpExchange> | undefined;
  if (field === undefined) throw new RangeError(`no field ${name}`);
  return (exchange) => cellText(fieldJson(field, exchange));
}

/** Reads an end without its port. */
function addressReader(name: 'client' | 'server'): Column['read'] {
  const field = EXCHANGE_VOCABULARY.field(name)?.field;
  return (exchange) => String(field?.read(exchange) ?? '');
}

function cellText(value: FieldJsonValue): string {
  return value === null ? '' : String(value);
}
