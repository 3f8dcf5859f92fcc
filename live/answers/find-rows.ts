import { comparableAddress } from '../../inetdiag/index.js';
import { parseAddress } from '../../netlink/index.js';
import type { ConnectionStore, StoreRow } from '../store/index.js';
import { RequestError } from './request-error.js';
import type { SlicedWork } from './slices.js';

type Matches = (row: StoreRow) => boolean;

/** Rows that are compared in one step. */
const ROWS_AT_ONCE = 64;

/**
 * Finds the rows that an id names, in steps; of several connections the open ones, if any are open.
 * @throws RequestError for a text that is no id
 */
export function* findRows(
  store: ConnectionStore,
  id: string,
  netns: string | undefined,
): SlicedWork<readonly StoreRow[]> {
  const exact = store.row(id);
  const isOfNetns: Matches = ({ identity }) =>
    netns === undefined || identity.netnsName === netns || identity.netnsInode?.toString() === netns;
  // A key names one row, also while another row has the same UUID.
  if (exact !== undefined && id.includes('@')) return isOfNetns(exact) ? [exact] : [];
  const uuid = exact === undefined ? id : exact.identity.uuid;
  const known = uuid === null ? undefined : store.rowsOf?.(uuid);
  const other = exact === undefined ? matcherOf(id) : undefined;
  const matches = other ?? (({ identity }: StoreRow) => identity.uuid === uuid);
  // A text that can only be a UUID is found by the index, or nowhere.
  const isKnown = known !== undefined && (known.length > 0 || other === undefined);
  const found: StoreRow[] = [];
  let seen = 0;
  for (const row of isKnown ? known : store.rows()) {
    if (matches(row) && isOfNetns(row)) found.push(row);
    if (++seen % ROWS_AT_ONCE === 0) yield;
  }
  const open = found.filter(({ isOpen }) => isOpen);
  return open.length > 0 ? open : found;
}

/** Texts that are meant as a cookie or as two ends, and are neither; no UUID looks like them, for each has a `_`. */
const MISTAKEN = /^(?:cookie:.*|[\d.:-]+)$/;

/** Returns what an id means other than a whole UUID; undefined if it can only be one. @throws RequestError */
function matcherOf(id: string): Matches | undefined {
  if (/^cookie:\d{1,20}$/.test(id)) {
    const cookie = BigInt(id.slice('cookie:'.length));
    return (row) => row.cookie === cookie;
  }
  if (/^[0-9a-f]{1,16}$/i.test(id)) {
    const end = id.toUpperCase();
    return ({ identity }) => identity.uuid?.slice(-end.length).toUpperCase() === end;
  }
  const endpoints = parseEndpoints(id);
  if (endpoints !== undefined) {
    const [local, remote] = endpoints;
    // Ports first: a row may have to make the bytes of its addresses.
    return (row) =>
      row.identity.remotePort === remote.port &&
      row.identity.localPort === local.port &&
      isSame(row.localBytes, local.bytes) &&
      isSame(row.remoteBytes, remote.bytes);
  }
  if (/^[\w.:@+-]{1,300}$/.test(id) && !MISTAKEN.test(id)) return undefined;
  throw new RequestError(
    'id',
    `id: ${JSON.stringify(id)} is no UUID, end of a UUID, cookie:NUMBER or ADDRESS:PORT-ADDRESS:PORT`,
  );
}

interface End {
  readonly bytes: Uint8Array;
  readonly port: number;
}

/** Parses `10.0.0.1:443-10.0.0.2:5001`; undefined for anything else. */
function parseEndpoints(text: string): readonly [End, End] | undefined {
  const [, local = '', localPort = '', remote = '', remotePort = ''] =
    /^(\[[^\]]+\]|[\d.]+):(\d{1,5})-(\[[^\]]+\]|[\d.]+):(\d{1,5})$/.exec(text) ?? [];
  const [first, second] = [endOf(local, localPort), endOf(remote, remotePort)];
  return first === undefined || second === undefined ? undefined : [first, second];
}

function endOf(address: string, port: string): End | undefined {
  const parsed = parseAddress(address.replace(/^\[|\]$/g, ''));
  if (parsed === undefined || Number(port) > 0xffff) return undefined;
  return { bytes: comparableAddress(parsed.bytes, parsed.family), port: Number(port) };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
