import type { ChartRange } from './chart-frame.js';

/** Effect of a key on a chart. */
export type ChartAction =
  | { readonly kind: 'cursor'; readonly timeMs: number | undefined }
  | { readonly kind: 'range'; readonly range: ChartRange }
  | { readonly kind: 'reset' };

/** Keys of a focused chart, for lists of keys. */
export const CHART_KEYS: readonly { readonly keys: string; readonly title: string }[] = [
  { keys: '← →', title: 'move the cursor; with Shift in larger steps' },
  { keys: 'Home End', title: 'cursor to the first, last moment' },
  { keys: '+ -', title: 'zoom in, out around the cursor' },
  { keys: '[ ]', title: 'begin, end the range at the cursor' },
  { keys: '0', title: 'usual range' },
];

/** Steps of the cursor across a chart. */
const STEPS = 120;
const LARGE_STEPS = 10;
/** Shortest range, milliseconds. */
const SHORTEST_MS = 1;

/** Returns what a key does to a chart; undefined for other keys. */
export function chartAction(
  key: string,
  isLarge: boolean,
  { fromMs, untilMs }: ChartRange,
  cursorMs: number | undefined,
): ChartAction | undefined {
  const spanMs = untilMs - fromMs;
  const step = (spanMs / STEPS) * (isLarge ? LARGE_STEPS : 1);
  const within = (timeMs: number): number => Math.min(untilMs, Math.max(fromMs, timeMs));
  const at = within(cursorMs ?? untilMs);
  const range = (from: number, until: number): ChartAction | undefined =>
    until - from < SHORTEST_MS ? undefined : { kind: 'range', range: { fromMs: from, untilMs: until } };
  switch (key) {
    case 'ArrowLeft':
      return { kind: 'cursor', timeMs: within(at - step) };
    case 'ArrowRight':
      return { kind: 'cursor', timeMs: within(at + step) };
    case 'Home':
      return { kind: 'cursor', timeMs: fromMs };
    case 'End':
      return { kind: 'cursor', timeMs: untilMs };
    case '+':
    case '=':
      return range(at - (at - fromMs) / 2, at + (untilMs - at) / 2);
    case '-':
      return range(at - (at - fromMs) * 2, at + (untilMs - at) * 2);
    case '[':
      return range(at, untilMs);
    case ']':
      return range(fromMs, at);
    case '0':
      return { kind: 'reset' };
    default:
      return undefined;
  }
}
