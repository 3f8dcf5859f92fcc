import type { JSX, TargetedPointerEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { edgeAfterKey, orderedRange } from '../brush/index.js';
import { type ChartRange, momentText } from '../charts/index.js';

/** Options of {@link Brush}. */
export interface BrushProps {
  /** Time over the whole width. */
  readonly range: ChartRange;
  /** Chosen time; undefined without. */
  readonly chosen: ChartRange | undefined;
  /** Shortest time that can be chosen. */
  readonly leastMs: number;
  readonly onChoose: (chosen: ChartRange) => void;
  /** Called with the moment under the pointer; undefined when it leaves. */
  readonly onPoint: (timeMs: number | undefined) => void;
}

/** A drag of fewer pixels is a click. */
const LEAST_DRAG_PX = 4;
const EDGES = ['fromMs', 'untilMs'] as const;
const EDGE_NAMES = { fromMs: 'Begin of the time', untilMs: 'End of the time' } as const;

/** Layer over a chart in which a drag chooses a time, and arrow keys move its ends. */
export function Brush({ range, chosen, leastMs, onChoose, onPoint }: BrushProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly anchorMs: number; readonly atMs: number; readonly startX: number }>();
  const spanMs = range.untilMs - range.fromMs;
  const timeAt = (clientX: number): number => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return range.fromMs + ((clientX - left) / Math.max(1, width)) * spanMs;
  };
  const dragged = drag === undefined ? undefined : orderedRange(drag.anchorMs, drag.atMs, range, leastMs);
  const shown = dragged ?? chosen;
  const begin = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    const edge = event.target instanceof HTMLElement ? event.target.dataset['edge'] : undefined;
    const atMs = timeAt(event.clientX);
    const other = edge === 'fromMs' ? shown?.untilMs : edge === 'untilMs' ? shown?.fromMs : undefined;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ anchorMs: other ?? atMs, atMs, startX: event.clientX });
  };
  const move = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    const atMs = timeAt(event.clientX);
    onPoint(atMs);
    if (drag !== undefined) setDrag({ ...drag, atMs });
  };
  const end = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    setDrag(undefined);
    if (drag === undefined || Math.abs(event.clientX - drag.startX) < LEAST_DRAG_PX) return;
    onChoose(orderedRange(drag.anchorMs, timeAt(event.clientX), range, leastMs));
  };
  const press = (edge: (typeof EDGES)[number], event: KeyboardEvent): void => {
    const current = chosen ?? range;
    const toMs = edgeAfterKey(event.key, current[edge], range);
    if (toMs === undefined) return;
    event.preventDefault();
    const other = edge === 'fromMs' ? current.untilMs : current.fromMs;
    onChoose(orderedRange(other, toMs, range, leastMs));
  };
  const percent = (ms: number): string =>
    `${(100 * Math.min(1, Math.max(0, (ms - range.fromMs) / spanMs))).toFixed(3)}%`;
  const { fromMs, untilMs } = shown ?? range;
  return (
    <div
      class="brush"
      ref={box}
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={() => setDrag(undefined)}
      onPointerLeave={() => onPoint(undefined)}
    >
      {shown === undefined ? null : (
        <>
          <div class="brush-out" style={{ left: '0', width: percent(fromMs) }} />
          <div class="brush-out" style={{ left: percent(untilMs), right: '0' }} />
        </>
      )}
      {EDGES.map((edge) => (
        <div
          key={edge}
          class={`brush-edge ${edge === 'fromMs' ? 'is-begin' : 'is-end'}`}
          style={{ left: percent(edge === 'fromMs' ? fromMs : untilMs) }}
          data-edge={edge}
          role="slider"
          tabIndex={0}
          aria-label={EDGE_NAMES[edge]}
          aria-orientation="horizontal"
          aria-valuemin={range.fromMs}
          aria-valuemax={range.untilMs}
          aria-valuenow={Math.round(
            Math.min(range.untilMs, Math.max(range.fromMs, edge === 'fromMs' ? fromMs : untilMs)),
          )}
          aria-valuetext={momentText(edge === 'fromMs' ? fromMs : untilMs, range)}
          onKeyDown={(event) => press(edge, event)}
        />
      ))}
    </div>
  );
}
