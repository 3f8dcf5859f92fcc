import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatQuantity } from '../../view/chart/index.js';
import { placeOfRange, rangeOfPlace } from '../brush/index.js';
import {
  ChartCursor,
  type ChartFrame,
  LaneChart,
  TimeCursor,
  TimeSeries,
  type TimeSeriesProps,
} from '../charts/index.js';
import { CAUSES, type OverviewSeries, seriesOf, shownRange, totalsWithin, useOverview } from '../overview/index.js';
import { EmptyState, ProblemState } from '../parts/index.js';
import type { Page } from '../state/index.js';

type Chart = Pick<TimeSeriesProps, 'title' | 'quantity' | 'series'>;

/** Charts of all connections together: of the chosen time, or of all that is known. */
export function NetworkCharts({ page }: { readonly page: Page }): JSX.Element {
  const { history, problem } = useOverview(page);
  const series = useMemo(() => history && seriesOf(history), [history]);
  const cursor = useMemo(() => new ChartCursor(), []);
  if (series === undefined) {
    if (problem !== undefined) return <ProblemState problem={problem} />;
    return <EmptyState title="Waiting for the last minutes …" />;
  }
  if (series.timesMs.length === 0) {
    return <EmptyState title="Nothing was recorded yet.">Charts begin with the first second.</EmptyState>;
  }
  const whole = shownRange(series, page.status?.mode === 'archive');
  const chosen = rangeOfPlace(page.place);
  const frame: ChartFrame = {
    fromMs: chosen?.fromMs ?? whole.fromMs,
    untilMs: chosen?.untilMs ?? whole.untilMs,
    cursor,
    theme: page.theme,
    bytes: page.look.bytes,
    onRange: (range) => page.go(placeOfRange(range)),
    onReset: () => page.go(placeOfRange(undefined)),
  };
  return (
    <section class="network-part" aria-label="All connections">
      <h2>
        All connections{' '}
        {chosen === undefined ? (
          <span class="faint">drag in a chart to choose a time</span>
        ) : (
          <button type="button" class="button" onClick={() => page.go(placeOfRange(undefined))}>
            All times
          </button>
        )}{' '}
        <TimeCursor frame={frame} />
      </h2>
      <div class="network-charts">
        {chartsOf(series).map((chart) => (
          <TimeSeries key={chart.title} frame={frame} timesMs={series.timesMs} heightPx={96} {...chart} />
        ))}
        <LaneChart
          title="Limited by, share of the time of connections that were not idle"
          frame={frame}
          timesMs={series.timesMs}
          lastMs={series.endMs - (series.timesMs.at(-1) ?? series.endMs)}
          lanes={lanesOf(series, frame)}
        />
      </div>
    </section>
  );
}

function chartsOf({ sent, received, retransmitted, open, opened, closed, widthSec }: OverviewSeries): readonly Chart[] {
  return [
    {
      ...{ title: 'Rate', quantity: 'rate' },
      series: [
        { label: 'sent', colour: 'blue', dash: 'solid', values: sent },
        { label: 'received', colour: 'amber', dash: 'dashed', values: received },
      ],
    },
    {
      ...{ title: 'Sent again of the sent bytes', quantity: 'share' },
      series: [
        {
          ...{ label: 'retransmitted', colour: 'orange', dash: 'solid' },
          values: retransmitted,
        },
      ],
    },
    {
      ...{ title: 'Open connections', quantity: 'count' },
      series: [{ label: 'open', colour: 'green', dash: 'solid', values: open }],
    },
    {
      ...{
        title: `Connections in ${widthSec === 1 ? 'a second' : formatQuantity(widthSec * 1e6, 'duration')}`,
        quantity: 'count',
      },
      series: [
        { label: 'opened', colour: 'sky', dash: 'solid', values: opened },
        { label: 'closed', colour: 'purple', dash: 'dashed', values: closed },
      ],
    },
  ];
}

/** Returns a lane for each cause that limited something in the range, with its share of all time there. */
function lanesOf(series: OverviewSeries, range: Pick<ChartFrame, 'fromMs' | 'untilMs'>) {
  const totals = totalsWithin(series, range).shares;
  return CAUSES.flatMap(({ name, label, colour }) => {
    const total = totals?.[name] ?? 0;
    return total === 0 ? [] : [{ label, colour, shares: series.shares[name], total }];
  });
}
