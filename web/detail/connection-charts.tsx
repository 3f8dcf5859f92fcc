import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { ChartCursor, type ChartFrame, LaneChart, TimeSeries } from '../charts/index.js';
import type { Page } from '../state/index.js';
import { detailCharts } from './chart-model.js';
import type { ConnectionWatch } from './connection-watch.js';
import { knownRange, rangePlace, type SpanName, shownRange } from './range.js';
import { RangeBar } from './range-bar.js';
import { useLooks } from './use-looks.js';
import { ValuesTable } from './values-table.js';

/** Props of {@link ConnectionCharts}. */
export interface ConnectionChartsProps {
  readonly page: Page;
  readonly watch: ConnectionWatch;
}

/** Course of a connection in charts over one axis of time. */
export function ConnectionCharts({ page, watch }: ConnectionChartsProps): JSX.Element {
  const cursor = useMemo(() => new ChartCursor(), [watch]);
  const [chosenSpan, setSpan] = useState<SpanName>();
  const { place, theme, look } = page;
  const { known, phase } = watch;
  const span = chosenSpan ?? (known.isGrowing ? '1m' : 'all');
  const range = shownRange(place, span, knownRange(known));
  const { fromMs, untilMs, follows } = range;
  const follow = (): void => page.go({ from: '', until: '' }, 'replace');
  const frame: ChartFrame = {
    ...{ fromMs, untilMs, cursor, theme, bytes: look.bytes },
    onRange: (chosen) => page.go(rangePlace(chosen), 'replace'),
    onReset: follow,
  };
  const isMoving = follows && known.isGrowing && phase.kind !== 'frozen';
  useLooks(watch, range, isMoving, span === 'all');
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
