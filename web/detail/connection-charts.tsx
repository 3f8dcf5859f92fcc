import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ChartCursor, type ChartFrame, LaneChart, TimeSeries } from '../charts/index.js';
import type { Page } from '../state/index.js';
import { detailCharts } from './chart-model.js';
import type { ConnectionWatch } from './connection-watch.js';
import { knownRange, rangePlace, type SpanName, shownRange } from './range.js';
import { RangeBar } from './range-bar.js';
import { ValuesTable } from './values-table.js';

/** Props of {@link ConnectionCharts}. */
export interface ConnectionChartsProps {
  readonly page: Page;
  readonly watch: ConnectionWatch;
}

/** Time for which a chosen range must stay before finer cells of it are loaded. */
const SETTLED_MS = 300;

/** Course of a connection in charts over one axis of time. */
export function ConnectionCharts({ page, watch }: ConnectionChartsProps): JSX.Element {
  const cursor = useMemo(() => new ChartCursor(), [watch]);
  const [chosenSpan, setSpan] = useState<SpanName>();
  const { place, theme, look } = page;
  const { known, phase } = watch;
  const isPast = phase.kind === 'closed' || page.status?.mode === 'archive';
  const span = chosenSpan ?? (isPast ? 'all' : '1m');
  const range = shownRange(place, span, knownRange(known));
  const { fromMs, untilMs, follows } = range;
  const follow = (): void => page.go({ from: '', until: '' }, 'replace');
  const frame: ChartFrame = {
    ...{ fromMs, untilMs, cursor, theme, bytes: look.bytes },
    onRange: (chosen) => page.go(rangePlace(chosen), 'replace'),
    onReset: follow,
  };
  // While the charts go on with the time, the stream has the finest cells.
  const isMoving = follows && phase.kind !== 'frozen' && phase.kind !== 'closed';
  useEffect(() => {
    if (isMoving) {
      watch.lookAtAll();
      return undefined;
    }
    const timer = setTimeout(() => void watch.look({ fromMs, untilMs }), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [watch, isMoving, isMoving ? 0 : fromMs, isMoving ? 0 : untilMs]);
  useEffect(() => {
    if (span === 'all') void watch.loadAll();
  }, [watch, span]);
  const { charts, lanes, laneTimesMs, laneStepMs, leftOut } = detailCharts(watch.cells(range), range, known);
  const notes = [leftOut, watch.pastProblem ?? watch.lack].filter((note) => note !== undefined);
  return (
    <section class="charts" aria-label="Course">
      <RangeBar
        frame={frame}
        span={span}
        follows={follows}
        onSpan={(chosen) => {
          setSpan(chosen);
          follow();
        }}
      />
      {charts.map((chart) => (
        <TimeSeries key={chart.title} frame={frame} {...chart} />
      ))}
      <LaneChart title="Limited by" frame={frame} timesMs={laneTimesMs} lastMs={laneStepMs} lanes={lanes} />
      {notes.map((note) => (
        <p key={note} class="faint chart-remark">
          {note}
        </p>
      ))}
      <ValuesTable watch={watch} range={range} look={look} />
    </section>
  );
}
