import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount, formatShare } from '../../view/chart/index.js';
import type { Look } from '../../view/rows/index.js';
import { limitLabel } from '../../view/words/index.js';
import { type ChartRange, momentText, quantityText } from '../charts/index.js';
import type { ConnectionWatch } from './connection-watch.js';
import { type CourseSeries, courseSeries } from './course-series.js';

/** Props of {@link ValuesTable}. */
export interface ValuesTableProps {
  readonly watch: ConnectionWatch;
  readonly range: ChartRange;
  readonly look: Look;
}

/** Rows of the table, at most. */
const ROWS = 30;

/** Values of the charts as a table, on demand. */
export function ValuesTable({ watch, range, look }: ValuesTableProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="values-table" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Values as a table</summary>
      {isOpen ? (
        <div class="scroll">
          <ValueRows
            series={courseSeries(watch.cells(range), range, watch.known, { most: ROWS, isWhole: true })}
            range={range}
            look={look}
          />
        </div>
      ) : null}
    </details>
  );
}

const TITLES = [
  'from (UTC)',
  'sent',
  'acknowledged',
  'received',
  'RTT',
  'cwnd',
  'in flight',
  'retransmitted',
  'limited by',
];

function ValueRows({
  series,
  range,
  look,
}: {
  readonly series: CourseSeries;
  readonly range: ChartRange;
  readonly look: Look;
}): JSX.Element {
  const { timesMs, sent, acked, received, retransmitted, gauges } = series;
  const rate = (value: number | null | undefined): string => quantityText(value, 'rate', look.bytes);
  return (
    <table>
      <thead>
        <tr>
          {TITLES.map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {/* The last moment is only the end of the last stretch. */}
        {timesMs.slice(0, -1).map((timeMs, i) => (
          <tr key={timeMs}>
            <th scope="row">{momentText(timeMs, range)}</th>
            <td>{rate(sent[i])}</td>
            <td>{rate(acked[i])}</td>
            <td>{rate(received[i])}</td>
            <td>{quantityText(gauges.rttUs.values[i], 'duration', look.bytes)}</td>
            <td>{quantityText(gauges.cwndBytes.values[i], 'bytes', look.bytes)}</td>
            <td>{quantityText(gauges.flightBytes.values[i], 'bytes', look.bytes)}</td>
            <td>{formatCount(retransmitted[i] ?? 0)}</td>
            <td>{limitText(series, i)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Returns the cause that took most of a stretch, with its share. */
function limitText({ limits }: CourseSeries, i: number): string {
  const [most] = limits
    .map(({ name, shares }) => ({ name, share: shares[i] ?? 0 }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
  return most === undefined ? '' : `${limitLabel(most.name)} ${formatShare(most.share)}`;
}
