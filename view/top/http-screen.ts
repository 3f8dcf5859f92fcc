import type { HttpExchangeJson, HttpHostJson, HttpJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity, formatShare, formatThings, ownLetters, printable } from '../chart/index.js';
import { cutText, type Look } from '../rows/index.js';
import type { HttpList } from './http-list.js';
import { fullLine, type Line, line, span } from './line.js';
import { headLine, layoutTable, rowLine, type TableColumn } from './table.js';

/** Sections below each host. */
const SECTIONS = 3;
/** Exchanges of a connection in its drill-down. */
const EXCHANGES = 10;
const INDENT = '   ';

/** Draws the hosts of HTTP exchanges, with their busiest sections. */
export function httpLines({ answer, error }: HttpList, columns: number, look: Look): Line[] {
  if (answer === undefined) {
    if (error === undefined) return [line(''), line(ownLetters('Waiting for HTTP …', look), 'faint')];
    return [line(''), line(cutText(printable(error, look), columns, look.unicode), 'faint')];
  }
  const { hosts } = answer;
  const layout = layoutTable(columnsOf(look), hosts, columns);
  const above = [aboutLine(answer, columns, look), missedLine(answer, columns, look)];
  if (hosts.length === 0) return [...above, [], line('No HTTP request began in this window.', 'faint')];
  return [
    ...above,
    fullLine(headLine(layout), columns, 'faint'),
    ...hosts.flatMap((host) => [
      line(rowLine(layout, host, look.unicode), host.rest === true ? 'faint' : 'plain'),
      ...sectionLines(host, columns, look),
    ]),
  ];
}

/** Draws the last exchanges of a connection, the latest first; nothing without any. */
export function exchangeLines(exchanges: readonly HttpExchangeJson[], columns: number, look: Look): Line[] {
  if (exchanges.length === 0) return [];
  const shown = exchanges.slice(-EXCHANGES).reverse();
  const layout = layoutTable(exchangeColumns(look), shown, columns);
  const more = exchanges.length - shown.length;
  return [
    [
      span('HTTP', 'heading'),
      ...(more === 0 ? [] : [span(`  the last ${EXCHANGES} of ${formatCount(exchanges.length)}`, 'faint')]),
    ],
    line(headLine(layout), 'faint'),
    ...shown.map((exchange) =>
      line(rowLine(layout, exchange, look.unicode), exchange.missing === null ? 'plain' : 'faint'),
    ),
    [],
  ];
}

function aboutLine({ ports, from, to, requests, hostCount, hosts }: HttpJson, columns: number, look: Look): Line {
  const seconds = Math.max(1e-3, (Date.parse(to) - Date.parse(from)) / 1000);
  const rest = hostCount - hosts.filter((host) => host.rest !== true).length;
  const text = [
    `ports ${ports.join(', ')}`,
    `${formatCount(Math.round(requests / seconds))} requests/s in ${Math.round(seconds)} s`,
    `${formatThings(hostCount, 'host')}${rest > 0 ? `, ${formatCount(rest)} not shown` : ''}`,
  ].join(ownLetters(' · ', look));
  return line(cutText(printable(text, look), columns, look.unicode));
}

function missedLine({ capture }: HttpJson, columns: number, look: Look): Line {
  const { dropped, gaps, unpaired, notHttp } = capture;
  const kinds = Object.entries(notHttp).filter(([, count]) => count > 0);
  const other = kinds.map(([kind, count]) => `${kind} ${formatCount(count)}`).join(', ');
  const text = `missed  packets ${formatCount(dropped)}  gaps ${formatCount(gaps)}  incomplete ${formatCount(sum(unpaired))}${
    other === '' ? '' : `  not HTTP/1: ${other}`
  }`;
  return line(cutText(printable(text, look), columns, look.unicode), dropped > 0 ? 'warning' : 'faint');
}

function columnsOf(look: Look): TableColumn<HttpHostJson>[] {
  const right = { align: 'right' as const };
  const time = (us: number | null): string => duration(us, look);
  const codes = (host: HttpHostJson, first: string): string => {
    const found = Object.entries(host.status).filter(([code]) => code.startsWith(first));
    return found.length === 0 ? ownLetters('–', look) : formatCount(found.reduce((all, [, count]) => all + count, 0));
  };
  return [
    { title: 'Host', align: 'left', least: 12, wanted: 24, usual: 24, cell: ({ host }) => printable(host, look) },
    { title: 'Req', ...right, usual: 6, cell: ({ requests }) => formatCount(requests) },
    { title: 'Res', ...right, usual: 6, drop: 2, cell: ({ responses }) => formatCount(responses) },
    { title: '2xx', ...right, usual: 5, drop: 5, cell: (host) => codes(host, '2') },
    { title: '3xx', ...right, usual: 5, drop: 3, cell: (host) => codes(host, '3') },
    { title: '4xx', ...right, usual: 5, drop: 7, cell: (host) => codes(host, '4') },
    { title: '5xx', ...right, usual: 5, drop: 8, cell: (host) => codes(host, '5') },
    { title: 'TTFB p50', ...right, usual: 8, cell: ({ ttfbUs }) => time(ttfbUs.p50) },
    { title: 'p95', ...right, usual: 7, drop: 9, cell: ({ ttfbUs }) => time(ttfbUs.p95) },
    { title: 'Server p50', ...right, usual: 10, drop: 11, cell: ({ serverUs }) => time(serverUs.p50) },
    { title: 'RTT p50', ...right, usual: 7, drop: 10, cell: ({ rttUs }) => time(rttUs.p50) },
    { title: 'Retr', ...right, usual: 6, drop: 6, cell: (host) => ownLetters(formatShare(host.retransmitRate), look) },
    {
      title: 'Bytes',
      ...right,
      usual: 8,
      drop: 1,
      cell: (host) => formatQuantity(host.requestBytes + host.responseBytes, 'bytes'),
    },
  ];
}

function sectionLines({ sections }: HttpHostJson, columns: number, look: Look): Line[] {
  return sections.slice(0, SECTIONS).map(({ section, requests, methods, ttfbUs }) => {
    const counts = Object.entries(methods).map(([method, count]) => `${printable(method, look)} ${formatCount(count)}`);
    const times = `${duration(ttfbUs.p50, look)} / ${duration(ttfbUs.p95, look)}`;
    const text = `${INDENT}${printable(section, look)}  ${formatCount(requests)}  ${counts.join(' ')}  ${times}`;
    return line(cutText(text, columns, look.unicode), 'faint');
  });
}

function exchangeColumns(look: Look): TableColumn<HttpExchangeJson>[] {
  const right = { align: 'right' as const };
  const text = (value: string | null): string => printable(value ?? ownLetters('–', look), look);
  return [
    { title: 'Time', align: 'left', usual: 12, drop: 4, cell: ({ time }) => time.slice(11, 23) },
    { title: 'Method', align: 'left', usual: 6, cell: ({ method }) => text(method) },
    { title: 'Host', align: 'left', least: 8, wanted: 20, usual: 12, drop: 5, cell: ({ host }) => text(host) },
    { title: 'Path', align: 'left', least: 8, wanted: 20, usual: 12, cell: ({ path }) => text(path) },
    {
      title: 'Code',
      ...right,
      usual: 4,
      cell: ({ status, missing }) => (status === null ? text(missing) : String(status)),
    },
    { title: 'TTFB', ...right, usual: 7, cell: ({ ttfbUs }) => duration(ttfbUs, look) },
    { title: 'Server', ...right, usual: 7, drop: 3, cell: ({ serverUs }) => duration(serverUs, look) },
    { title: 'Whole', ...right, usual: 7, drop: 1, cell: ({ durationUs }) => duration(durationUs, look) },
    { title: 'RTT', ...right, usual: 7, drop: 2, cell: ({ rttUs }) => duration(rttUs, look) },
  ];
}

function duration(us: number | null, look: Look): string {
  return ownLetters(us === 0 ? '0' : formatQuantity(us, 'duration'), look);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
