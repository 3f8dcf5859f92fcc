import { encodeNetns, type Netns, quoteGoString } from '../../parse/index.js';
import { EventSocketError } from './error.js';
import {
  type AlertEvent,
  type CloseEvent,
  type EventPosition,
  type FlowAddresses,
  type FlowEvent,
  type FlowId,
  NO_COOKIE,
  type OpenEvent,
} from './event.js';
import { type FinalCounters, formatFinalCounters, parseFinalCounters } from './final-counters.js';

const OPEN = 0;
const CLOSE = 1;
const ALERT = 2;

/**
 * Formats an open event as one line of JSON without the line feed, byte for byte as the reference writes it. Fields
 * that the reference does not know follow at the end, if the event has them.
 */
export function formatOpen(event: Omit<OpenEvent, 'kind'>): string {
  const { timestamp, uuid, id, netns, nat, replay } = event;
  return (
    `{"Event":${OPEN},"Timestamp":${quoteGoString(timestamp)},"UUID":${quoteGoString(uuid)},` +
    `"ID":{"SPort":${id.sport},"DPort":${id.dport},"SrcIP":${quoteGoString(id.srcIp)},"DstIP":${quoteGoString(id.dstIp)},` +
    `"Interface":${swapBytes(id.interface)},"Cookie":${BigInt.asIntN(64, id.cookie)}}` +
    `${formatNetns(netns)}${formatPosition(event)}${replay === true ? ',"Replay":true' : ''}${formatNat(nat)}}`
  );
}

/** Formats a close event as one line of JSON without the line feed, in the same way as {@link formatOpen}. */
export function formatClose(event: Omit<CloseEvent, 'kind'>): string {
  const { timestamp, uuid, netns, startTime, cause, final } = event;
  return (
    `{"Event":${CLOSE},"Timestamp":${quoteGoString(timestamp)},"UUID":${quoteGoString(uuid)},"ID":null${formatNetns(netns)}` +
    (startTime === undefined ? '' : `,"StartTime":${quoteGoString(startTime)}`) +
    (cause === undefined ? '' : `,"Cause":${quoteGoString(cause)}`) +
    (final === undefined ? '' : `,"Final":${formatFinalCounters(final)}`) +
    `${formatPosition(event)}}`
  );
}

/** Formats the beginning or end of an alert as one line of JSON without the line feed. */
export function formatAlert(event: AlertEvent): string {
  const { timestamp, uuid, name, state, severity, value, reason, labels } = event;
  const pairs = Object.entries(labels).map(([label, text]) => `${quoteGoString(label)}:${quoteGoString(text)}`);
  return (
    `{"Event":${ALERT},"Timestamp":${quoteGoString(timestamp)},"UUID":${quoteGoString(uuid)},"ID":null,` +
    `"Alert":{"Name":${quoteGoString(name)},"State":${quoteGoString(state)},"Severity":${quoteGoString(severity)},` +
    `"Value":${JSON.stringify(value)},"Reason":${quoteGoString(reason)},"Labels":{${pairs.join(',')}}}` +
    `${formatPosition(event)}}`
  );
}

function formatNetns(netns: Netns | undefined): string {
  return netns === undefined ? '' : `,"Netns":${encodeNetns(netns)}`;
}

function formatNat(nat: FlowAddresses | undefined): string {
  if (nat === undefined) return '';
  const { destination, source } = nat;
  const fields = [
    ...(destination === undefined ? [] : [`"Destination":${quoteGoString(destination)}`]),
    ...(source === undefined ? [] : [`"Source":${quoteGoString(source)}`]),
  ];
  return `,"Nat":{${fields.join(',')}}`;
}

function formatPosition({ sequence, dropped }: EventPosition): string {
  return (sequence === undefined ? '' : `,"Seq":${sequence}`) + (dropped === undefined ? '' : `,"Dropped":${dropped}`);
}

/**
 * Parses one line. Keys may be in any order; unknown keys are skipped.
 * @throws EventSocketError with code `ERR_MALFORMED`
 */
export function parseEvent(line: string): FlowEvent {
  let value: unknown;
  try {
    value = JSON.parse(quoteNumbers(line));
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
      return parseOpen(fields, line);
    case CLOSE:
      return parseClose(fields, line);
    default:
      return { kind: 'unknown', event, line };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseOpen(fields: Fields, line: string): OpenEvent {
  return {
    kind: 'open',
    ...parseHead(fields, line),
    id: parseId(asObject(fields['ID'], line), line),
    ...parseNetns(fields, line),
    ...(fields['Replay'] === true ? { replay: true } : {}),
    ...parseNat(fields, line),
    ...parsePosition(fields, line),
  };
}

function parseClose(fields: Fields, line: string): CloseEvent {
  const final = fields['Final'];
  return {
    kind: 'close',
    ...parseHead(fields, line),
    ...parseNetns(fields, line),
    ...(isAbsent(fields['StartTime']) ? {} : { startTime: text(fields, 'StartTime', line) }),
    ...(isAbsent(fields['Cause']) ? {} : { cause: text(fields, 'Cause', line) }),
    ...(isAbsent(final) ? {} : { final: parseFinal(asObject(final, line), line) }),
    ...parsePosition(fields, line),
  };
}

function parseHead(fields: Fields, line: string): { timestamp: string; uuid: string } {
  return { timestamp: text(fields, 'Timestamp', line), uuid: text(fields, 'UUID', line) };
}

function parseNetns(fields: Fields, line: string): { netns?: Netns } {
  if (isAbsent(fields['Netns'])) return {};
  const netns = asObject(fields['Netns'], line);
  return {
    netns: { inode: unsigned(netns, 'Inode', Number.MAX_SAFE_INTEGER, line), name: text(netns, 'Name', line) },
  };
}

function parseNat(fields: Fields, line: string): { nat?: FlowAddresses } {
  if (isAbsent(fields['Nat'])) return {};
  const nat = asObject(fields['Nat'], line);
  return {
    nat: {
      ...(isAbsent(nat['Destination']) ? {} : { destination: text(nat, 'Destination', line) }),
      ...(isAbsent(nat['Source']) ? {} : { source: text(nat, 'Source', line) }),
    },
  };
}

function parsePosition(fields: Fields, line: string): EventPosition {
  const max = Number.MAX_SAFE_INTEGER;
  return {
    ...(isAbsent(fields['Seq']) ? {} : { sequence: unsigned(fields, 'Seq', max, line) }),
    ...(isAbsent(fields['Dropped']) ? {} : { dropped: unsigned(fields, 'Dropped', max, line) }),
  };
}

function parseFinal(fields: Fields, line: string): FinalCounters {
  const final = parseFinalCounters(fields);
  if (final === undefined) {
    throw malformed('Final contains a value that is not a counter', line);
  }
  return final;
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

/**
 * Quotes cookies and counters, because JSON.parse rounds numbers above 2^53. The pattern also matches whole strings and
 * keeps them, so that their content is not changed.
 */
function quoteNumbers(line: string): string {
  return line.replace(
    /"(Cookie|tcpi_\w+)"\s*:\s*(-?(?:0|[1-9]\d*))|"[^"\\]*(?:\\.[^"\\]*)*"/g,
    (found, key: string, digits?: string) => (digits === undefined ? found : `"${key}":"${digits}"`),
  );
}

function parseCookie(digits: string, line: string): bigint {
  const value = /^-?\d{1,20}$/.test(digits) ? BigInt(digits) : undefined;
  if (value === undefined || value < -(2n ** 63n) || value > NO_COOKIE) {
    throw malformed('Cookie is not a 64-bit number', line);
  }
  return BigInt.asUintN(64, value);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
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

/** Reverses the bytes of a 32-bit number. */
function swapBytes(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

function malformed(reason: string, line: string, cause?: unknown): EventSocketError {
  const excerpt = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  return new EventSocketError('parse', undefined, 'ERR_MALFORMED', `${reason} in ${JSON.stringify(excerpt)}`, cause);
}
