import type { KeyValueStore } from '../client/index.js';

/** Choices of a theme; `system` follows the system. */
export const THEMES = ['system', 'light', 'dark'] as const;
/** One of {@link THEMES}. */
export type ThemeChoice = (typeof THEMES)[number];

/** Choices of the user that last: they hold for all views in this browser. */
export interface Choices {
  readonly theme: ThemeChoice;
  /** True for rates in bytes per second, false for bits. */
  readonly bytes: boolean;
  /** Names of columns with commas; empty for the usual ones. */
  readonly columns: string;
  /** Time between two refreshes, one of {@link INTERVALS_MS}. */
  readonly everyMs: number;
}

/** Times between refreshes: rows are computed once a second. */
export const INTERVALS_MS: readonly number[] = [1000, 2000, 5000, 10_000, 30_000, 60_000];
/** Time between refreshes unless another one is chosen. */
export const USUAL_INTERVAL_MS = 1000;

/** Returns the next longer or shorter time between refreshes; undefined at the end. */
export function nextInterval(everyMs: number, by: 1 | -1): number | undefined {
  return by === 1 ? INTERVALS_MS.find((ms) => ms > everyMs) : INTERVALS_MS.findLast((ms) => ms < everyMs);
}

const PREFIX = 'tcp-info.';

/** Reads the choices. Wrong values are left out. */
export function readChoices(store: KeyValueStore): Choices {
  const text = (name: keyof Choices): string => store.get(PREFIX + name) ?? '';
  return {
    theme: THEMES.find((theme) => theme === text('theme')) ?? 'system',
    bytes: text('bytes') === 'true',
    columns: text('columns'),
    everyMs: INTERVALS_MS.find((ms) => ms === Number(text('everyMs'))) ?? USUAL_INTERVAL_MS,
  };
}

/** Stores the choices that changed. */
export function writeChoices(store: KeyValueStore, change: Partial<Choices>): void {
  for (const [name, value] of Object.entries(change)) store.set(PREFIX + name, String(value));
}
