/** Flows and events as JSON values. */
import type { Flow, FlowCounters } from './flow.js';
import {
  type FlowEndpoints,
  flowEndpoints,
  flowNat,
  flowStateName,
  formatFlowEndpoint,
  type Translation,
} from './meaning.js';
import type { FlowEventKind } from './phase.js';
import { protocolName } from './protocol.js';
import { statusNames, tcpFlagNames } from './status.js';
import { familyName, type Tuple } from './tuple.js';

/** JSON value of a flow. */
export type FlowJson = Readonly<Record<string, unknown>>;

/** Options of {@link flowJson}. */
export interface FlowJsonOptions {
  /** Time of the dump or of receipt, RFC 3339; the time of an event by the kernel comes before it. */
  readonly time?: string;
  /** Returns whether an address belongs to this machine; without it, `side` is absent. */
  readonly isLocal?: (address: string) => boolean;
  /** Kind of the event. */
  readonly event?: FlowEventKind;
  /** Netlink port of the program that deleted the flow; 0 for none. */
  readonly portId?: number;
  /** Values behind all others, such as `uuid`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Returns the JSON value of a flow. What the kernel did not send is absent, but for the zone, whose absence means 0. */
export function flowJson(flow: Flow, options: FlowJsonOptions = {}): FlowJson {
  const { time, isLocal, event, portId = 0, more = {} } = options;
  const { side }: FlowEndpoints = flowEndpoints(flow, isLocal);
  return withoutUndefined({
    event,
    time: flow.eventTimeNs === undefined ? time : formatNs(flow.eventTimeNs),
    id: flow.id,
    family: familyName(flow.family),
    protocol: protocolName(flow.orig.protocol),
    zone: flow.zone ?? 0,
    state: flowStateName(flow),
    status: flow.status === undefined ? undefined : statusNames(flow.status),
    orig: tupleJson(flow.orig, flow.origCounters),
    reply: tupleJson(flow.reply, flow.replyCounters),
    nat: natJson(flow),
    side,
    startTime: optional(flow.startTimeNs, formatNs),
    stopTime: optional(flow.stopTimeNs, formatNs),
    timeoutSec: flow.timeoutSec,
    mark: flow.mark,
    useCount: flow.useCount,
    helper: flow.helper,
    secctx: flow.secctx,
    labels: optional(flow.labels, labelBits),
    master: optional(flow.master, (master) => tupleJson(master)),
    windowScale: pair(flow.tcp?.windowScaleOrig, flow.tcp?.windowScaleReply),
    tcpFlags: pair(optional(flow.tcp?.flagsOrig, tcpFlagNames), optional(flow.tcp?.flagsReply, tcpFlagNames)),
    verificationTag: pair(flow.sctp?.verificationTagOrig, flow.sctp?.verificationTagReply),
    dccpRole: optional(flow.dccp?.role, (role) => (role === 0 ? 'client' : 'server')),
    dccpHandshakeSeq: optional(flow.dccp?.handshakeSeq, String),
    sequenceAdjustment: pair(flow.seqAdjOrig, flow.seqAdjReply),
    synproxy: flow.synproxy,
    deletedByPort: portId === 0 ? undefined : portId,
    ...more,
  });
}

/** Returns the JSON value of a loss of events. */
export function lostJson(time: string, events: number | null): FlowJson {
  return { event: 'lost' satisfies FlowEventKind, time, ...(events === null ? {} : { events }) };
}

/** Formats nanoseconds since 1970 as RFC 3339 with up to nine digits, as Go does, without trailing zeros. */
export function formatNs(ns: bigint): string {
  const seconds = ns / NS_PER_SECOND;
  const rest = Number(ns - seconds * NS_PER_SECOND);
  const whole = wholeSecond(Number(seconds));
  if (rest === 0) return `${whole}Z`;
  return `${whole}.${String(rest).padStart(FRACTION_DIGITS, '0').replace(/0+$/, '')}Z`;
}

/** Returns a second as RFC 3339 without its zone. Flows of one dump often began in the same second. */
function wholeSecond(second: number): string {
  if (second !== lastSecond) {
    // 64 bits of nanoseconds end in the year 2554.
    lastText = new Date(second * MS_PER_SECOND).toISOString().slice(0, -'.000Z'.length);
    lastSecond = second;
  }
  return lastText;
}

let lastSecond = -1;
let lastText = '';
const FRACTION_DIGITS = 9;
const NS_PER_SECOND = 1_000_000_000n;
const MS_PER_SECOND = 1000;

/** Returns the numbers of the labels that are set. */
export function labelBits(labels: Uint8Array): number[] {
  const bits: number[] = [];
  for (const [i, byte] of labels.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) bits.push(8 * i + bit);
  }
  return bits;
}

function tupleJson(tuple: Tuple, counters: FlowCounters = {}): FlowJson {
  const { src, sport, dst, dport, icmpId, icmpType, icmpCode, zone } = tuple;
  const { packets, bytes } = counters;
  return withoutUndefined({ src, sport, dst, dport, icmpId, icmpType, icmpCode, zone, packets, bytes });
}

function natJson(flow: Flow): FlowJson | undefined {
  const { kind, source, destination } = flowNat(flow);
  if (kind === 'none') return undefined;
  return withoutUndefined({
    source: optional(source, translationJson),
    destination: optional(destination, translationJson),
  });
}

function translationJson({ before, after }: Translation): FlowJson {
  return { before: formatFlowEndpoint(before), after: formatFlowEndpoint(after) };
}

function pair(orig: unknown, reply: unknown): FlowJson | undefined {
  return orig === undefined && reply === undefined ? undefined : withoutUndefined({ orig, reply });
}

function optional<T, R>(value: T | undefined, convert: (value: T) => R): R | undefined {
  return value === undefined ? undefined : convert(value);
}

function withoutUndefined(values: Record<string, unknown>): FlowJson {
  for (const key of Object.keys(values)) if (values[key] === undefined) delete values[key];
  return values;
}
