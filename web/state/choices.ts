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
}

const PREFIX = 'tcp-info.';

/** Reads the choices. Wrong values are left out. */
export function readChoices(store: KeyValueStore): Choices {
  const text = (name: keyof Choices): string => store.get(PREFIX + name) ?? '';
  return {
    theme: THEMES.find((theme) => theme === text('theme')) ?? 'system',
    bytes: text('bytes') === 'true',
    columns: text('columns'),
  };
}

/** Stores the choices that changed. */
export function writeChoices(store: KeyValueStore, change: Partial<Choices>): void {
  for (const [name, value] of Object.entries(change)) store.set(PREFIX + name, String(value));
}
