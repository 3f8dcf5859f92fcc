import { quoteGoString } from '../parse/index.js';
import { EventSocketError } from './error.js';

/** The cookie of a flow whose server does not know it: all bits set, on the wire -1. The kernel's INET_DIAG_NOCOOKIE. */
export const NO_COOKIE = 0xffff_ffff_ffff_ffffn;

/** The ends of a flow. Src is the machine that the server runs on, Dst the other one. Never anonymised. */
export interface FlowId {
  readonly sport: number;
  readonly dport: number;
  /** Text as Go's net.IP prints it; an IPv4-mapped address as dotted quad. */
  readonly srcIp: string;
  readonly dstIp: string;
  /**
   * Index of the interface that the socket is bound to, 0 for none, as `ip link` numbers it. On the wire its bytes
   * stand reversed, because the reference reads the kernel's little-endian field as big-endian.
   */
  readonly interface: number;
  /** The kernel's socket cookie, unsigned; on the wire a signed number. {@link NO_COOKIE} where it is not known. */
  readonly cookie: bigint;
}

/** A flow was seen for the first time. */
export interface OpenEvent {
  readonly kind: 'open';
  /** When, RFC 3339 with up to nine fractional digits. */
  readonly timestamp: string;
  readonly uuid: string;
  readonly id: FlowId;
}

/** A flow ended. Its ends are those of the open event with the same UUID, if that was seen. */
export interface CloseEvent {
  readonly kind: 'close';
  /** When, RFC 3339 with up to nine fractional digits; from the reference with the server's own offset. */
  readonly timestamp: string;
  readonly uuid: string;
}

/** An event of a kind that is not known here. Later servers may send some; they are safe to ignore. */
export interface UnknownEvent {
  readonly kind: 'unknown';
  /** Its number on the wire. */
  readonly event: number;
  /** The line as it came. */
  readonly line: string;
}

export type FlowEvent = OpenEvent | CloseEvent | UnknownEvent;

const OPEN = 0;
const CLOSE = 1;

/** The event as one line of JSON, byte for byte as the reference writes it, without the line feed. */
export function formatOpen({ timestamp, uuid, id }: Omit<OpenEvent, 'kind'>): string {
  return (
    `{"Event":${OPEN},"Timestamp":${quoteGoString(timestamp)},"UUID":${quoteGoString(uuid)},` +
    `"ID":{"SPort":${id.sport},"DPort":${id.dport},"SrcIP":${quoteGoString(id.srcIp)},"DstIP":${quoteGoString(id.dstIp)},` +
    `"Interface":${swapBytes(id.interface)},"Cookie":${BigInt.asIntN(64, id.cookie)}}}`
  );
}

/** The event as one line of JSON, byte for byte as the reference writes it, without the line feed. */
export function formatClose({ timestamp, uuid }: Omit<CloseEvent, 'kind'>): string {
  return `{"Event":${CLOSE},"Timestamp":${quoteGoString(timestamp)},"UUID":${quoteGoString(uuid)},"ID":null}`;
}

/**
 * Reads one line. Keys that are not known are passed over, in any order.
 * @throws EventSocketError with code `ERR_MALFORMED`
 */
export function parseEvent(line: string): FlowEvent {
  let value: unknown;
  try {
    value = JSON.parse(quoteCookies(line));
  } catch (cause) {
    throw malformed('not JSON', line, cause);
  }
  const fields = asObject(value, line);
  const event = fields['Event'];
  if (typeof event !== 'number' || !Number.isInteger(event)) {
    throw malformed('no Event number', line);
  }
  switch (event) {
    case OPEN:
      return { kind: 'open', ...parseHead(fields, line), id: parseId(asObject(fields['ID'], line), line) };
    case CLOSE:
      return { kind: 'close', ...parseHead(fields, line) };
    default:
      return { kind: 'unknown', event, line };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseHead(fields: Fields, line: string): { timestamp: string; uuid: string } {
  return { timestamp: text(fields, 'Timestamp', line), uuid: text(fields, 'UUID', line) };
}

function parseId(fields: Fields, line: string): FlowId {
  return {
    sport: unsigned(fields, 'SPort', 0xffff, line),
    dport: unsigned(fields, 'DPort', 0xffff, line),
    srcIp: text(fields, 'SrcIP', line),
    dstIp: text(fields, 'DstIP', line),
    interface: swapBytes(unsigned(fields, 'Interface', 0xffff_ffff, line)),
    cookie: parseCookie(text(fields, 'Cookie', line), line),
  };
}

/** JSON.parse rounds numbers past 2^53: cookies go through it as strings. Other strings are matched whole, and kept. */
function quoteCookies(line: string): string {
  return line.replace(/"Cookie"\s*:\s*(-?(?:0|[1-9]\d*))|"[^"\\]*(?:\\.[^"\\]*)*"/g, (found, digits?: string) =>
    digits === undefined ? found : `"Cookie":"${digits}"`,
  );
}

function parseCookie(digits: string, line: string): bigint {
  const value = /^-?\d{1,20}$/.test(digits) ? BigInt(digits) : undefined;
  if (value === undefined || value < -(2n ** 63n) || value > NO_COOKIE) {
    throw malformed('Cookie is not a 64-bit number', line);
  }
  return BigInt.asUintN(64, value);
}

function asObject(value: unknown, line: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('an object is missing', line);
  }
  return { ...value };
}

function text(fields: Fields, key: string, line: string): string {
  const value = fields[key];
  if (typeof value !== 'string') {
    throw malformed(`${key} is missing or of a wrong type`, line);
  }
  return value;
}

function unsigned(fields: Fields, key: string, max: number, line: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw malformed(`${key} is not a number from 0 to ${max}`, line);
  }
  return value;
}

/** The 32 bits with their bytes in the other order. */
function swapBytes(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

function malformed(reason: string, line: string, cause?: unknown): EventSocketError {
  const excerpt = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  return new EventSocketError('parse', undefined, 'ERR_MALFORMED', `${reason} in ${JSON.stringify(excerpt)}`, cause);
}
