import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Colour } from '../../view/chart/index.js';
import { formatCount, formatQuantity, formatShare } from '../../view/chart/index.js';
import { rateText } from '../../view/rows/index.js';
import type { LimitName } from '../../view/words/index.js';
import { placeOfRange, rangeOfPlace, withCondition } from '../brush/index.js';
import { type ChartRange, indexAt, momentText, rangeText, useWidth } from '../charts/index.js';
import type { Page } from '../state/index.js';
import { Brush } from './brush.js';
import { drawStrip, STRIP_COLOURS } from './draw-strip.js';
import './overview.css';
import { CAUSES, type OverviewSeries, seriesOf, shownRange, totalsWithin } from './overview-history.js';
import { useOverview } from './use-overview.js';

/** Causes that are named beside the strip: more have no room, and small shares no meaning. */
const MAX_CAUSES = 3;

/** Strip with all connections together over the last minutes, or the time of archives. A brush chooses a time. */
export function OverviewStrip({ page }: { readonly page: Page }): JSX.Element {
  const { history, problem } = useOverview(page);
  const series = useMemo(() => history && seriesOf(history), [history]);
  const [pointedMs, point] = useState<number>();
  if (series === undefined || series.timesMs.length === 0) {
    const text =
      problem?.detail ?? (history === undefined ? 'Waiting for the last minutes …' : 'Nothing was recorded yet.');
    return (
      <section class="overview is-empty faint" aria-label="Overview">
        {text}
      </section>
    );
  }
  const isArchive = page.status?.mode === 'archive';
  const range = shownRange(series, isArchive);
  const chosen = within(rangeOfPlace(page.place), range);
  const leastMs = Math.max(1000, (range.untilMs - range.fromMs) / 500);
  return (
    <section class="overview" aria-label="Overview">
      <StripHead page={page} series={series} range={range} pointedMs={pointedMs} />
      <div class="overview-plot">
        <StripCanvas page={page} series={series} range={range} />
        <Brush
          range={range}
          chosen={chosen}
          leastMs={leastMs}
          onChoose={(next) => page.go(placeOfRange(next), 'replace')}
          onPoint={point}
        />
      </div>
    </section>
  );
}

/** Returns the chosen time with the ends of the strip where it has no bound. */
function within(chosen: ReturnType<typeof rangeOfPlace>, { fromMs, untilMs }: ChartRange): ChartRange | undefined {
  if (chosen === undefined) return undefined;
  return { fromMs: chosen.fromMs ?? fromMs, untilMs: chosen.untilMs ?? untilMs };
}

interface StripPartProps {
  readonly page: Page;
  readonly series: OverviewSeries;
  readonly range: ChartRange;
}

function StripCanvas({ page, series, range }: StripPartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const widthPx = useWidth(box);
  const { theme } = page;
  useEffect(() => {
    if (canvas.current !== null && widthPx > 0) drawStrip(canvas.current, { series, range, widthPx, theme });
  }, [series, range.fromMs, range.untilMs, widthPx, theme]);
  const last = series.timesMs.length - 1;
  const label =
    `All connections together, ${rangeText(range)}. At the end ${series.open[last] ?? 0} open, ` +
    `sent ${rateText(series.sent[last] ?? null, page.look)}, received ${rateText(series.received[last] ?? null, page.look)}`;
  return (
    <div ref={box} class="overview-canvas" role="img" aria-label={label}>
      <canvas ref={canvas} />
    </div>
  );
}

/** Values of the moment under the pointer, or of the last one. */
function StripHead({
  page,
  series,
  range,
  pointedMs,
}: StripPartProps & { readonly pointedMs: number | undefined }): JSX.Element {
  const last = series.timesMs.length - 1;
  const at = pointedMs === undefined ? last : indexAt(series.timesMs, pointedMs);
  const { look, place } = page;
  const chosen = rangeOfPlace(place);
  // The last moment of archives says nothing about them: their sums do.
  const isSum = pointedMs === undefined && page.status?.mode === 'archive';
  const sums = isSum ? totalsWithin(series, within(chosen, range) ?? range) : undefined;
  const value = (values: readonly (number | null)[]): number | null => values[at] ?? null;
  const perPart = (values: readonly number[]): string => {
    const count = value(values);
    return count === null ? '–' : `${formatCount(count)}${partText(series.widthSec)}`;
  };
  const shareOf = (name: LimitName): number | null =>
    sums === undefined ? value(series.shares[name]) : (sums.shares?.[name] ?? null);
  const causes = CAUSES.map(({ name, label, colour }) => ({ name, label, colour, share: shareOf(name) ?? 0 }))
    .filter(({ share }) => share >= 0.005)
    .sort((a, b) => b.share - a.share);
  return (
    <div class="overview-head">
      <span class="overview-time faint">
        {pointedMs === undefined
          ? page.status?.mode === 'archive'
            ? archiveTimes(range)
            : spanText(range)
          : momentText(pointedMs, range)}
      </span>
      <Value
        colour={STRIP_COLOURS.sent}
        name="sent"
        text={sums === undefined ? rateText(value(series.sent), look) : formatQuantity(sums.sentBytes, 'bytes')}
      />
      <Value
        colour={STRIP_COLOURS.received}
        mark="dashed"
        name="received"
        text={sums === undefined ? rateText(value(series.received), look) : formatQuantity(sums.receivedBytes, 'bytes')}
      />
      <Value
        colour={STRIP_COLOURS.opened}
        mark="up"
        name="opened"
        text={sums === undefined ? perPart(series.opened) : formatCount(sums.opened)}
      />
      <Value
        colour={STRIP_COLOURS.closed}
        mark="down"
        name="closed"
        text={sums === undefined ? perPart(series.closed) : formatCount(sums.closed)}
      />
      <span class="overview-causes">
        <span class="faint">limited by</span>
        {causes.length === 0 ? <span class="faint"> nothing</span> : null}
        {causes.slice(0, MAX_CAUSES).map(({ name, label, colour, share }) => (
          <button
            type="button"
            key={name}
            class="overview-cause"
            title={`Show the connections that this limits: limited:${name}`}
            onClick={() => page.go({ tab: 'connections', filter: withCondition(place.filter, `limited:${name}`) })}
          >
            <Value colour={colour} name={label} text={formatShare(share)} />
          </button>
        ))}
      </span>
      {chosen === undefined ? (
        <span class="overview-hint faint">Drag to choose a time</span>
      ) : (
        <button type="button" class="button overview-clear" onClick={() => page.go(placeOfRange(undefined), 'replace')}>
          All times
        </button>
      )}
    </div>
  );
}

/** Returns the time of archives with its day, which may be long ago. */
function archiveTimes(range: ChartRange): string {
  const text = rangeText(range);
  return text.includes('-') ? text : `${new Date(range.fromMs).toISOString().slice(0, 10)} ${text}`;
}

/** Returns the words for the time of one part: `/s`, or ` in 10 s`. */
function partText(widthSec: number): string {
  return widthSec === 1 ? '/s' : ` in ${formatQuantity(widthSec * 1e6, 'duration')}`;
}

function spanText({ fromMs, untilMs }: ChartRange): string {
  return `${Math.round((untilMs - fromMs) / 60_000)} min`;
}

interface ValueProps {
  readonly colour: Colour;
  readonly name: string;
  readonly text: string;
  /** Shape of the mark (default: a line). */
  readonly mark?: 'line' | 'dashed' | 'up' | 'down';
}

const ARROWS = { up: '▲', down: '▼' } as const;

function Value({ colour, name, text, mark = 'line' }: ValueProps): JSX.Element {
  return (
    <span class="overview-value">
      {mark === 'up' || mark === 'down' ? (
        <span class={`arrow colour-${colour}`} aria-hidden="true">
          {ARROWS[mark]}
        </span>
      ) : (
        <span class={`swatch ${mark === 'dashed' ? 'is-dashed ' : ''}colour-${colour}`} aria-hidden="true" />
      )}
      {name} <b>{text}</b>
    </span>
  );
}
