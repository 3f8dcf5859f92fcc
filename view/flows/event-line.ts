import { type Flow, type FlowEventKind, formatFlowEndpoint, protocolName } from '../../conntrack/index.js';
import { formatThings, ownLetters, printable, type TextStyle, textWidth } from '../chart/index.js';
import { ageText, countersText, natText, rttText, type ShownFlow, stateText, UNKNOWN } from './flow-texts.js';

/** Event to show. */
export type EventLine =
  | (ShownFlow & {
      readonly kind: Exclude<FlowEventKind, 'lost'>;
      readonly timeMs: number;
      /** Netlink port of the program that deleted the flow; 0 for none. */
      readonly portId: number;
    })
  /** Events that were lost; null if their number is not known. */
  | { readonly kind: 'lost'; readonly timeMs: number; readonly events: number | null };

const NS_PER_MS = 1_000_000n;

/** Titles and widths: a stream has no widest cell, so that longer cells push the rest of their line. */
const COLUMNS = [
  ['TIME', 13],
  ['EVENT', 11],
  ['PROTO', 5],
  ['STATE', 11],
  ['LOCAL', 21],
  ['REMOTE', 21],
  ['PACKETS out/in', 14],
  ['BYTES out/in', 14],
  ['AGE', 6],
  ['NAT', 0],
] as const;
/** Widths of NAT and of RTT if the socket's columns follow. */
const NAT_WIDTH = 21;
const RTT_WIDTH = 7;

/** Returns the line above all events. @param isJoined true if sockets are looked for */
export function eventHead({ paint }: TextStyle, isJoined = false): string {
  const titles = COLUMNS.map(([title]) => title);
  return paint('faint', padded(isJoined ? withSocket(titles, 'RTT', 'UUID') : titles));
}

/** Returns the line of an event, with its time in UTC. @param isJoined true if sockets are looked for */
export function eventLine(event: EventLine, style: TextStyle, isJoined = false): string {
  const timeMs = event.kind === 'lost' ? event.timeMs : kernelTimeMs(event);
  const time = new Date(timeMs).toISOString().slice('2026-01-01T'.length);
  if (event.kind === 'lost') {
    const text = event.events === null ? 'an unknown number of events' : formatThings(event.events, 'event');
    return style.paint('warning', `${padded([time, 'lost'])}  ${text}`);
  }
  const { flow, endpoints, kind, portId } = event;
  const counters = flow.origCounters === undefined && flow.replyCounters === undefined;
  const cells = [
    time,
    kind,
    protocolName(flow.orig.protocol),
    stateText(flow),
    formatFlowEndpoint(endpoints.local),
    formatFlowEndpoint(endpoints.remote),
    counters ? UNKNOWN : countersText(event, 'packets'),
    counters ? UNKNOWN : countersText(event, 'bytes'),
    ageText(flow, timeMs),
    [natText(event), ...(portId === 0 ? [] : [`deleted by netlink port ${portId}`])].join(' ').trim(),
  ];
  const uuid = event.socket === undefined ? UNKNOWN : printable(event.socket.uuid, style);
  return ownLetters(padded(isJoined ? withSocket(cells, rttText(event), uuid) : cells), style);
}

/** Returns cells with those of the socket behind the last. */
function withSocket(cells: readonly string[], rtt: string, uuid: string): string[] {
  return [...cells.slice(0, -1), (cells.at(-1) ?? '').padEnd(NAT_WIDTH), rtt.padEnd(RTT_WIDTH), uuid];
}

/** Returns the kernel's time of an event, or that of its arrival. */
function kernelTimeMs({ flow: { eventTimeNs }, timeMs }: { readonly flow: Flow; readonly timeMs: number }): number {
  return eventTimeNs === undefined ? timeMs : Number(eventTimeNs / NS_PER_MS);
}

function padded(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell + ' '.repeat(Math.max(0, (COLUMNS[i]?.[1] ?? 0) - textWidth(cell))))
    .join('  ')
    .trimEnd();
}
