import type { ConnectionIdentity } from '../../analysis/index.js';
import { comparableAddress } from '../../inetdiag/index.js';
import { parseAddress } from '../../netlink/index.js';

/** Endpoint of a connection, as far as the user gave it. */
export interface End {
  /** Sixteen bytes; an IPv4 address is in its IPv4-mapped form. */
  readonly address?: Uint8Array;
  readonly port?: number;
}

/** One endpoint, local or remote, or both endpoints in any order. */
export type Ends = readonly [End] | readonly [End, End];

/** Forms that {@link parseEnds} accepts, for messages. */
export const ENDS_FORMS =
  ':9001, 10.0.0.2, 10.0.0.2:9001, [2001:db8::1]:443, or both ends as 10.0.0.1:9001-10.0.0.2:443';

const MAX_PORT = 65_535;

/** True for a text that was meant as one or two endpoints, correct or not. */
export function looksLikeEnds(text: string): boolean {
  return /^\[|:|^\d+\.\d+\.\d+\.\d+/.test(text) && !text.includes('/');
}

/** Parses one or two endpoints, see {@link ENDS_FORMS}; undefined for any other text. */
export function parseEnds(text: string): Ends | undefined {
  const [first = '', second, ...more] = text.split(/\s*(?:->|→|-)\s*/);
  const one = parseEnd(first.trim());
  if (one === undefined || more.length > 0) return undefined;
  if (second === undefined) return [one];
  const other = parseEnd(second.trim());
  return other === undefined ? undefined : [one, other];
}

function parseEnd(text: string): End | undefined {
  const bare = parseAddress(text);
  if (bare !== undefined) return { address: comparableAddress(bare.bytes, bare.family) };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const address = host === '' ? undefined : parseAddress(host);
  if (host !== '' && address === undefined) return undefined;
  const number = port === undefined ? undefined : Number(port);
  if (number === undefined ? address === undefined : number > MAX_PORT) return undefined;
  return {
    ...(address === undefined ? {} : { address: comparableAddress(address.bytes, address.family) }),
    ...(number === undefined ? {} : { port: number }),
  };
}

/** True for a connection between these endpoints. */
export function isBetween(identity: ConnectionIdentity, [one, other]: Ends): boolean {
  const isLocal = (end: End): boolean => isEnd(end, identity.localAddress, identity.localPort);
  const isRemote = (end: End): boolean => isEnd(end, identity.remoteAddress, identity.remotePort);
  if (other === undefined) return isLocal(one) || isRemote(one);
  return (isLocal(one) && isRemote(other)) || (isLocal(other) && isRemote(one));
}

function isEnd({ address, port }: End, text: string, number: number): boolean {
  if (port !== undefined && port !== number) return false;
  if (address === undefined) return true;
  const parsed = parseAddress(text);
  if (parsed === undefined) return false;
  const bytes = comparableAddress(parsed.bytes, parsed.family);
  return address.every((byte, i) => byte === bytes[i]);
}
