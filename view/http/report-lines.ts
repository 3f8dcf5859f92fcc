import type { HttpCounts, Missing, NotHttp } from '../../http/index.js';
import {
  type AlertEvent,
  formatTimeUs,
  type HttpWindow,
  type InterfaceGroup,
  type TrafficAlert,
} from '../../http/report/index.js';
import { formatCount, formatQuantity, formatThings, printable, type TextStyle } from '../chart/index.js';
import { hostTable, type TableLimits } from './host-table.js';
import { fitParts, part, type ReportLine, type ReportPart, wrapText } from './report-line.js';
import { slowSentence } from './waits-for.js';

/** Look-ups of connections in the kernel. */
export interface JoinCounts {
  readonly found: number;
  readonly asked: number;
}

/** Content of a report. */
export interface HttpReport extends TableLimits {
  /** Window to show; undefined before the first packet. */
  readonly window: HttpWindow | undefined;
  /** Seconds that the window has lasted so far; absent if it is over. */
  readonly soFarSec?: number;
  /** Name of the source: `ports 80, 8080`, or names of files. */
  readonly source: string;
  /** Absent without look-ups. */
  readonly join?: JoinCounts;
  readonly alert: TrafficAlert;
  readonly counts: HttpCounts;
  /** Requests that have no answer yet, and how long the oldest has waited, in microseconds; absent if not known. */
  readonly open?: { readonly requests: number; readonly oldestUs: number };
  /** Rows of a terminal; absent elsewhere: nothing is left out. */
  readonly rows?: number;
}

/** Alerts and slow hosts that a report shows. */
const MAX_ALERTS = 3;
const MAX_SLOW = 3;

const MISSING_WORDS: Readonly<Record<Missing, string>> = {
  request: 'without request',
  response: 'without answer',
  gap: 'at a gap',
  truncated: 'cut',
  start: 'before start',
  overload: 'for overload',
};

/** Reason of packets that are not TCP: the kernel's filter passes IPv6 packets with further headers. Nothing is missed. */
const OTHER_PROTOCOL = 'protocol';

const NOT_HTTP_WORDS: Readonly<Record<NotHttp, string>> = { tls: 'TLS', http2: 'HTTP/2', other: 'other protocols' };

/** Returns the lines of a report. What comes from the wire is escaped in them. */
export function reportLines(report: HttpReport, style: TextStyle): ReportLine[] {
  const { window, alert } = report;
  const head = [
    fitParts(titleParts(report), style),
    fitParts(alertParts(alert), style),
    ...(window === undefined ? [] : [fitParts(interfaceParts(window, report.soFarSec ?? window.seconds), style)]),
    fitParts(missedParts(report), style),
    [],
  ];
  const foot = [
    ...slowLines(window, style),
    ...alert.events.slice(-MAX_ALERTS).flatMap((event) => alertLines(event, style)),
  ];
  const { rows = Number.POSITIVE_INFINITY } = report;
  const room = rows - head.length - (foot.length === 0 ? 0 : foot.length + 1);
  const table = tableLines(report, style);
  return [...head, ...table.slice(0, Math.max(2, room)), ...(foot.length === 0 ? [] : [[], ...foot])];
}

/** Returns the sentence of an alert's event, as gonetmon prints it, with a right time. */
export function alertSentence({ kind, timeUs, hits }: AlertEvent): string {
  const time = shownTime(timeUs);
  return kind === 'raised'
    ? `High traffic generated an alert - hits = ${hits}, triggered at ${time}`
    : `Alert recovered at ${time}`;
}

/** Returns a line on what was captured and what was missed since the start. */
export function captureSentence(counts: HttpCounts): string {
  const { packets } = counts;
  return [
    `captured ${formatThings(packets.read, 'packet')}`,
    `missed ${formatCount(packets.dropped)}`,
    `gaps ${formatCount(counts.gaps)}`,
    unpairedText(counts),
    unparsedText(counts),
    notHttpText(counts),
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function titleParts({ window, soFarSec, source, join, open }: HttpReport): ReportPart[] {
  const isRunning = soFarSec !== undefined;
  const parts = [part('tcp-info http', 'heading')];
  if (window !== undefined) {
    const span = isRunning ? 'so far' : formatQuantity(Math.max(0, window.toUs - window.fromUs), 'duration');
    parts.push(part(span, 'plain', 4));
    if (Number.isFinite(window.toUs))
      parts.push(part(`${isRunning ? 'since' : 'until'} ${shownSecond(window)}`, 'plain', 5));
  }
  parts.push(part(printable(source, { unicode: true }), 'plain', 3));
  if (join !== undefined) {
    parts.push(part(`join: ${formatCount(join.found)} of ${formatThings(join.asked, 'connection')}`, 'plain', 1));
  }
  if (open !== undefined && open.requests > 0) {
    const oldest = formatQuantity(open.oldestUs, 'duration');
    parts.push(part(`waiting ${formatCount(open.requests)}, the oldest ${oldest}`, 'plain', 2));
  }
  return parts;

  function shownSecond({ fromUs, toUs }: HttpWindow): string {
    return `${shownTime(isRunning ? fromUs : toUs).slice(0, '2026-11-28 19:05:10'.length)}Z`;
  }
}

function alertParts({ hits, raised, options: { threshold, spanUs } }: TrafficAlert): ReportPart[] {
  const text = `alert    ${formatCount(hits)} of ${formatThings(threshold, 'message')} in ${formatQuantity(spanUs, 'duration')}`;
  if (raised === undefined) return [part(text)];
  return [
    part(text, 'warning'),
    part(`HIGH since ${shownTime(raised.timeUs).slice('2026-11-28 '.length)}`, 'warning', 1),
  ];
}

function interfaceParts(window: HttpWindow, seconds: number): ReportPart[] {
  const groups = window.interfaces;
  if (groups.length === 0) return [part('traffic  none', 'faint')];
  // Those with least bytes are left out first, each after its number of requests.
  return groups.flatMap((group, i) => {
    const drop = 2 * (groups.length - i);
    const rates = `${i === 0 ? 'traffic  ' : ''}${trafficText(group, seconds)}`;
    return [part(rates, 'plain', i === 0 ? undefined : drop), part(requestsText(group, seconds), 'plain', drop - 1)];
  });
}

function trafficText(group: InterfaceGroup, seconds: number): string {
  const rate = (bytes: number): string => formatQuantity(seconds > 0 ? bytes / seconds : null, 'rate');
  const isDirected = group.inBytes + group.outBytes > 0;
  return [
    interfaceText(group),
    ...(isDirected ? [`in ${rate(group.inBytes)}`, `out ${rate(group.outBytes)}`] : []),
    ...(group.throughBytes > 0 ? [`${isDirected ? 'through ' : ''}${rate(group.throughBytes)}`] : []),
  ].join('  ');
}

/** Returns the name of an interface; of some captures only its number is known. */
function interfaceText({ interface: name }: InterfaceGroup): string {
  return /^\d+$/.test(name) ? `interface ${name}` : printable(name, { unicode: true });
}

function requestsText({ requests }: InterfaceGroup, seconds: number): string {
  return seconds > 0 ? `${significant(requests / seconds)} requests/s` : '';
}

/** Formats a rate of requests: small ones with a decimal. */
function significant(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : formatCount(perSecond);
}

function missedParts({ counts, window }: HttpReport): ReportPart[] {
  const { dropped } = counts.packets;
  return [
    part(`missed   packets ${formatCount(dropped)}`, dropped > 0 ? 'warning' : 'plain'),
    part(`gaps ${formatCount(counts.gaps)}`, counts.gaps > 0 ? 'warning' : 'plain'),
    part(unpairedText(counts), 'plain', 2),
    part(unparsedText(counts), 'plain', 1),
    part(notHttpText(counts), 'plain', 3),
    part(window === undefined || window.late === 0 ? '' : `${formatCount(window.late)} began earlier`, 'plain', 0),
  ];
}

function unpairedText({ unpaired }: HttpCounts): string {
  const some = (Object.entries(unpaired) as [Missing, number][]).filter(([, count]) => count > 0);
  const total = some.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return 'unpaired 0';
  return `unpaired ${formatCount(total)} (${some.map(([why, count]) => `${formatCount(count)} ${MISSING_WORDS[why]}`).join(', ')})`;
}

function unparsedText({ unparsed }: HttpCounts): string {
  const some = Object.entries(unparsed).filter(([why, count]) => count > 0 && why !== OTHER_PROTOCOL);
  const total = some.reduce((sum, [, count]) => sum + count, 0);
  return total === 0
    ? ''
    : `unparsed ${formatCount(total)} (${some.map(([why, count]) => `${formatCount(count)} ${why}`).join(', ')})`;
}

function notHttpText({ notHttp }: HttpCounts): string {
  return (Object.entries(notHttp) as [NotHttp, number][])
    .filter(([, count]) => count > 0)
    .map(([is, count]) => `${NOT_HTTP_WORDS[is]} on these ports: ${formatThings(count, 'connection')}`)
    .join(', ');
}

function tableLines(report: HttpReport, style: TextStyle): ReportLine[] {
  const { window } = report;
  if (window === undefined || window.requests + window.responses === 0) {
    return [[{ text: 'no HTTP/1 message in this time', style: 'faint' }]];
  }
  const plain = { ...style, paint: (_: unknown, text: string): string => text };
  return hostTable(window, report, plain).map((text, i) => [{ text, style: i === 0 ? 'faint' : 'plain' }]);
}

function slowLines(window: HttpWindow | undefined, style: TextStyle): ReportLine[] {
  const sentences = (window?.hosts ?? []).flatMap((host) => slowSentence(host) ?? []).slice(0, MAX_SLOW);
  return sentences.flatMap((text) =>
    wrapText(`slow: ${printable(text, { unicode: true })}`, style).map(
      (line): ReportLine => [{ text: line, style: 'warning' }],
    ),
  );
}

function alertLines(event: AlertEvent, style: TextStyle): ReportLine[] {
  const time = shownTime(event.timeUs).slice('2026-11-28 '.length, '2026-11-28 19:05:10'.length);
  const look = event.kind === 'raised' ? 'warning' : 'plain';
  return wrapText(`${time} ${alertSentence(event)}`, style).map((text): ReportLine => [{ text, style: look }]);
}

/** Formats microseconds since 1970 as `2026-11-28 19:04:52.112`, in UTC. */
function shownTime(us: number): string {
  return formatTimeUs(us).slice(0, -1).replace('T', ' ');
}
