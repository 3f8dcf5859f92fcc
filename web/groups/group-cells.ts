import type { GroupJson, RowJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity, formatShare } from '../../view/chart/index.js';
import { endpointCell, endText, type Look, processText, rateText, stateText } from '../../view/rows/index.js';
import { keyText } from './group-by.js';
import type { GroupColumn } from './group-lines.js';

/** Column of the table of groups. */
export interface GroupCell {
  readonly column: GroupColumn;
  readonly title: string;
  /** Meaning, for the tooltip. */
  readonly meaning: string;
  readonly isNumber: boolean;
  /** Least width in pixels. */
  readonly leastPx: number;
  /** Order in which columns are left out of a narrow table, the lowest first; never if undefined. As in `top`. */
  readonly drop?: number;
  readonly text: (group: GroupJson, look: Look) => string;
}

const duration = (us: number | null): string => formatQuantity(us, 'duration');

/**
 * Returns the columns of the table of groups.
 * @param name name of the grouping, for the first column
 */
export function groupCells(name: string, isArchive: boolean): readonly GroupCell[] {
  const number = { isNumber: true };
  const rates = isArchive ? 'over the time in which one of its connections was open' : 'sum of the last second';
  return [
    {
      column: 'key',
      title: name,
      meaning: 'Value that the connections of the group share',
      isNumber: false,
      leastPx: 150,
      text: keyText,
    },
    {
      ...{ column: 'open', title: 'Open', meaning: 'Open connections', ...number, leastPx: 64 },
      text: ({ connections, closed }) => formatCount(connections - closed),
    },
    {
      ...{ column: 'closed', title: 'Closed', meaning: 'Recently closed connections', ...number, leastPx: 70, drop: 2 },
      text: ({ closed }) => formatCount(closed),
    },
    {
      ...{ column: 'sent', title: 'Send', meaning: `Payload sent, ${rates}`, ...number, leastPx: 104 },
      text: (group, look) => rateText(group.sendThroughputBytesPerSec, look),
    },
    {
      ...{ column: 'received', title: 'Recv', meaning: `Payload received, ${rates}`, ...number, leastPx: 104, drop: 5 },
      text: (group, look) => rateText(group.receiveThroughputBytesPerSec, look),
    },
    {
      ...{ column: 'retransmitted', title: 'Retr', meaning: 'Share of the sent bytes that were sent again', ...number },
      ...{ leastPx: 66, drop: 3 },
      text: (group) => formatShare(group.retransmitRateBytes),
    },
    {
      ...{
        column: 'p50',
        title: 'RTT p50',
        meaning: 'Round-trip time that half of the connections do not exceed',
        ...number,
      },
      ...{ leastPx: 84, drop: 4 },
      text: ({ rttUs }) => duration(rttUs.p50),
    },
    {
      ...{
        column: 'p95',
        title: 'RTT p95',
        meaning: 'Round-trip time that 95 % of the connections do not exceed',
        ...number,
      },
      ...{ leastPx: 84, drop: 1 },
      text: ({ rttUs }) => duration(rttUs.p95),
    },
    {
      ...{
        column: 'limited',
        title: 'Limited by',
        meaning: 'Cause that limits most of its connections',
        isNumber: false,
      },
      ...{ leastPx: 96, drop: 6 },
      text: ({ limitedBy }) => limitedBy ?? '–',
    },
  ];
}

/** Returns the columns that fit a width. */
export function fittingCells(cells: readonly GroupCell[], widthPx: number): readonly GroupCell[] {
  let shown = cells;
  const widthOf = (): number => shown.reduce((sum, { leastPx }) => sum + leastPx, 0);
  const order = cells.filter(({ drop }) => drop !== undefined).toSorted((a, b) => (a.drop ?? 0) - (b.drop ?? 0));
  for (const dropped of order) {
    if (widthOf() <= widthPx) break;
    shown = shown.filter((cell) => cell !== dropped);
  }
  return shown;
}

const UNCUT = 200;

/** Returns the line of a connection below its group. */
export function connectionText(row: RowJson, look: Look, timeUs: number): string {
  const { connection, now } = row;
  const end = (address: string | undefined, port: number | undefined): string =>
    endpointCell(address ?? null, port ?? null, UNCUT, look.unicode);
  const sent = now === null ? connection?.sendThroughputBytesPerSec : now?.sendThroughputBytesPerSec;
  const received = now === null ? connection?.receiveThroughputBytesPerSec : now?.receiveThroughputBytesPerSec;
  const rtt = now === null ? connection?.minRttUs : now?.rttUs;
  const limitedBy = now === null ? connection?.limitedBy : now?.limitedBy;
  const who = row.processUnknown === 'off' ? '' : processText(row, look, UNCUT);
  const ends = `${end(connection?.localAddress, connection?.localPort)} → ${end(connection?.remoteAddress, connection?.remotePort)}`;
  // The last second of a closed connection is over; archives have means of the whole time.
  if (row.open === false && now !== null) return joined([who, ends, endText(row, timeUs, look)]);
  const rates = `↑ ${rateText(sent ?? null, look)} ↓ ${rateText(received ?? null, look)}`;
  const least = `${now === null ? 'least RTT' : 'RTT'} ${duration(rtt ?? null)}`;
  return joined([who, ends, stateText(row), rates, least, limitedBy ?? '']);
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('  ·  ');
}
