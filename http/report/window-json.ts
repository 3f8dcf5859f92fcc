import type { HttpCounts } from '../index.js';
import { hostGroupJson, round } from './host-json.js';
import type { HttpWindow, InterfaceGroup } from './http-window.js';
import { jsonText } from './json-text.js';
import { formatTimeUs } from './time.js';
import type { AlertEvent, TrafficAlert } from './traffic-alert.js';

/** Parts of a document besides its window. */
export interface DocumentParts {
  readonly alert: TrafficAlert;
  /** Counts since the start. */
  readonly counts: HttpCounts;
  /** Lines that standard output did not take. */
  readonly leftOut: number;
  /** Hosts in the document; all of them if absent. */
  readonly top?: number;
  /** Sections of each host; all of them if absent. */
  readonly sections?: number;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Formats a window as one line of JSON without its newline. Control characters are escaped. */
export function windowLine(window: HttpWindow, parts: DocumentParts): string {
  const { top = Number.POSITIVE_INFINITY, sections = Number.POSITIVE_INFINITY } = parts;
  return encode({
    from: formatTimeUs(window.fromUs),
    to: formatTimeUs(window.toUs),
    requests: window.requests,
    responses: window.responses,
    late: window.late,
    interfaces: window.interfaces.map((group) => interfaceJson(group, window.seconds)),
    hosts: window.hosts.slice(0, top).map((group) => hostGroupJson(group, sections)),
    alert: alertJson(parts.alert),
    capture: captureJson(parts),
  });
}

function interfaceJson(group: InterfaceGroup, seconds: number): Json {
  const perSec = (amount: number): number | null => (seconds > 0 ? round(amount / seconds) : null);
  return {
    interface: group.interface,
    requests: group.requests,
    responses: group.responses,
    inBytes: group.inBytes,
    outBytes: group.outBytes,
    throughBytes: group.throughBytes,
    inBitsPerSec: perSec(group.inBytes * 8),
    outBitsPerSec: perSec(group.outBytes * 8),
    throughBitsPerSec: perSec(group.throughBytes * 8),
    requestsPerSec: perSec(group.requests),
  };
}

function alertJson({ hits, raised, events, options: { threshold, spanUs } }: TrafficAlert): Json {
  return {
    hits,
    threshold,
    spanSec: spanUs / 1e6,
    raised: raised !== undefined,
    since: raised === undefined ? null : formatTimeUs(raised.timeUs),
    events: events.map(eventJson),
  };
}

function eventJson({ kind, timeUs, hits }: AlertEvent): Json {
  return { kind, time: formatTimeUs(timeUs), hits };
}

function captureJson({ counts, leftOut }: DocumentParts): Json {
  return {
    packets: counts.packets.read,
    dropped: counts.packets.dropped,
    freezes: counts.freezes,
    gaps: counts.gaps,
    unparsed: Object.values(counts.unparsed).reduce((sum, count) => sum + count, 0),
    unparsedBy: { ...counts.unparsed },
    unpaired: { ...counts.unpaired },
    notHttp: { ...counts.notHttp },
    linesLeftOut: leftOut,
  };
}

/** Encodes by {@link jsonText}: keys come from the wire, too, such as methods. */
function encode(value: Json): string {
  if (typeof value === 'string') return jsonText(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(encode).join(',')}]`;
  return `{${Object.entries(value)
    .map(([name, each]) => `${jsonText(name)}:${encode(each)}`)
    .join(',')}}`;
}

/** `Array.isArray` does not tell read-only arrays apart. */
function isList(value: readonly Json[] | { readonly [name: string]: Json }): value is readonly Json[] {
  return Array.isArray(value);
}
