import type { Distribution, HostGroup, HttpWindow, SectionGroup } from '../../http/report/index.js';
import {
  formatCount,
  formatQuantity,
  formatShare,
  ownLetters,
  printable,
  type TextColumn,
  type TextStyle,
  textTable,
} from '../chart/index.js';
import { waitCell } from './waits-for.js';

/** Numbers of rows of a table. */
export interface TableLimits {
  /** Hosts. */
  readonly top: number;
  /** Sections of each. */
  readonly sections: number;
}

interface Cell extends TextColumn {
  readonly ofHost: (host: HostGroup) => string;
  readonly ofSection?: (section: SectionGroup) => string;
}

const time = (of: Distribution, share: number): string => formatQuantity(of.quantile(share), 'duration');

const CELLS: readonly Cell[] = [
  {
    title: 'HOST',
    align: 'left',
    least: 12,
    ofHost: ({ host, isRest }) => (isRest ? 'other hosts' : host),
    ofSection: ({ section, isRest }) => (isRest ? '  other sections' : `  ${section}`),
  },
  {
    title: 'REQ',
    align: 'right',
    ofHost: ({ requests }) => formatCount(requests),
    ofSection: ({ requests }) => formatCount(requests),
  },
  { title: 'RES', align: 'right', drop: 3, ofHost: ({ responses }) => formatCount(responses) },
  { title: '2xx', align: 'right', drop: 5, ofHost: codesOf(2) },
  { title: '3xx', align: 'right', drop: 4, ofHost: codesOf(3) },
  { title: '4xx', align: 'right', drop: 7, ofHost: codesOf(4) },
  { title: '5xx', align: 'right', drop: 8, ofHost: codesOf(5) },
  {
    title: 'TTFB p50',
    align: 'right',
    ofHost: ({ ttfbUs }) => time(ttfbUs, 0.5),
    ofSection: ({ ttfbUs }) => time(ttfbUs, 0.5),
  },
  {
    title: 'p95',
    align: 'right',
    drop: 9,
    ofHost: ({ ttfbUs }) => time(ttfbUs, 0.95),
    ofSection: ({ ttfbUs }) => time(ttfbUs, 0.95),
  },
  { title: 'SERVER p50', align: 'right', drop: 10, ofHost: ({ serverUs }) => time(serverUs, 0.5) },
  { title: 'RTT p50', align: 'right', drop: 11, ofHost: ({ rttUs }) => time(rttUs, 0.5) },
  { title: 'RETRANS', align: 'right', drop: 6, ofHost: ({ retransmitRate }) => formatShare(retransmitRate) },
  { title: 'BYTES', align: 'right', drop: 2, ofHost: ({ responseBytes }) => formatQuantity(responseBytes, 'bytes') },
  { title: 'WAITS FOR', align: 'left', ofHost: waitCell },
  { title: 'METHODS', align: 'left', drop: 1, ofHost: () => '', ofSection: ({ methods }) => methodsText(methods) },
];

/** Number of responses with codes of a class. */
function codesOf(hundreds: number): (host: HostGroup) => string {
  return ({ status }) => {
    let sum = 0;
    for (const [code, count] of status) if (Math.floor(code / 100) === hundreds) sum += count;
    return formatCount(sum);
  };
}

function methodsText(methods: ReadonlyMap<string, number>): string {
  return [...methods]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(' ');
}

/** Formats the busiest hosts and sections: a line of titles, and a line for each. */
export function hostTable(window: HttpWindow, { top, sections }: TableLimits, style: TextStyle): string[] {
  const rows: (readonly [HostGroup] | readonly [HostGroup, SectionGroup])[] = window.hosts
    .slice(0, top)
    .flatMap((host) => [
      [host] as const,
      ...host.sections.slice(0, sections).map((section) => [host, section] as const),
    ]);
  return textTable(
    CELLS,
    rows.map(([host, section]) =>
      CELLS.map((cell) => safe(section === undefined ? cell.ofHost(host) : (cell.ofSection?.(section) ?? ''), style)),
    ),
    style,
  );
}

/** Hosts, paths and methods come from the wire. */
function safe(text: string, style: TextStyle): string {
  return ownLetters(printable(text, { unicode: true }), style);
}
