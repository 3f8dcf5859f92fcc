import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { ChartCursor, type ChartFrame, LaneChart, TimeSeries } from '../charts/index.js';
import {
  type ConnectionWatch,
  knownRange,
  RangeBar,
  rangePlace,
  type SpanName,
  shownRange,
  useLooks,
} from '../detail/index.js';
import type { Page } from '../state/index.js';
import { compareCharts, knownOfAll, NAMES, shifted, shiftedTime } from './compare-model.js';

/** Props of {@link CompareCharts}. */
export interface CompareChartsProps {
  readonly page: Page;
  readonly watches: readonly [ConnectionWatch, ConnectionWatch];
}

/** Courses of two connections on one axis of time: that of the day, or since each of them began. */
export function CompareCharts({ page, watches }: CompareChartsProps): JSX.Element {
  const [first, second] = watches;
  const cursor = useMemo(() => new ChartCursor(), [first, second]);
  const [chosenSpan, setSpan] = useState<SpanName>();
  const [isSinceStart, setSinceStart] = useState(false);
  const { place, theme, look } = page;
  const [startUs, otherUs] = watches.map(startOf);
  const shiftUs = isSinceStart && startUs !== undefined && otherUs !== undefined ? startUs - otherUs : 0;
  const known = knownOfAll([first.known, shiftedTime(second.known, shiftUs)]);
  const span = chosenSpan ?? (known.isGrowing && !isSinceStart ? '1m' : 'all');
  const range = shownRange(place, span, knownRange(known));
  const { fromMs, untilMs, follows } = range;
  const otherRange = { fromMs: fromMs - shiftUs / 1000, untilMs: untilMs - shiftUs / 1000 };
  const follow = (): void => page.go({ from: '', until: '' }, 'replace');
  const frame: ChartFrame = {
    ...{ fromMs, untilMs, cursor, theme, bytes: look.bytes },
    ...(isSinceStart && startUs !== undefined ? { originMs: startUs / 1000 } : {}),
    onRange: (chosen) => page.go(rangePlace(chosen), 'replace'),
    onReset: follow,
  };
  const isMoving =
    follows &&
    watches.some(({ known: own, phase }) => own.isGrowing && (phase.kind === 'live' || phase.kind === 'lost'));
  useLooks(first, range, isMoving, span === 'all');
  useLooks(second, otherRange, isMoving, span === 'all');
  const { charts, lanes, laneTimesMs, laneStepMs, leftOut } = compareCharts(
    [
      { cells: first.cells(range), known: first.known },
      shifted({ cells: second.cells(otherRange), known: second.known }, shiftUs),
    ],
    range,
  );
  return (
    <section class="charts" aria-label="Courses">
      <RangeBar
        frame={frame}
        span={span}
        follows={follows}
        onSpan={(chosen) => {
          setSpan(chosen);
          follow();
        }}
      />
      <label>
        <input
          type="checkbox"
          checked={isSinceStart}
          onChange={({ currentTarget }) => {
            setSinceStart(currentTarget.checked);
            follow();
          }}
        />{' '}
        let both begin at 0
      </label>
      {charts.map((chart) => (
        <TimeSeries key={chart.title} frame={frame} {...chart} heightPx={CHART_PX} />
      ))}
      {lanes.map((own, i) => (
        <LaneChart
          key={NAMES[i]}
          title={`${NAMES[i]} limited by`}
          frame={frame}
          timesMs={laneTimesMs}
          lastMs={laneStepMs}
          lanes={own}
        />
      ))}
      {leftOut.length === 0 ? null : <p class="faint">Left out, because nothing is in it: {leftOut.join(', ')}.</p>}
    </section>
  );
}

const CHART_PX = 96;

/** Returns the time of a connection's first record, microseconds since 1970; undefined while it is unknown. */
function startOf({ answer }: ConnectionWatch): number | undefined {
  const timeMs = Date.parse(answer?.connection?.startTime ?? '');
  return Number.isNaN(timeMs) ? undefined : timeMs * 1000;
}
