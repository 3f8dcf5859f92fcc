import type { OverviewJson, StatusJson } from '../../live/wire/index.js';
import type { FrozenView } from '../../view/rows/expressions/index.js';
import type { Look } from '../../view/rows/index.js';
import type { ApiClient } from '../client/index.js';
import type { Choices } from './choices.js';
import type { FieldTable } from './field-table.js';
import type { Place } from './place.js';

/** Theme in force. */
export type Theme = 'light' | 'dark';

/** Page as each of its parts gets it. Each change makes another object. */
export interface Page {
  readonly api: ApiClient;
  /** State of the collector, refreshed every 5 s; undefined before the first answer. */
  readonly status: StatusJson | undefined;
  readonly fields: FieldTable;
  /** Units of rates, and letters. */
  readonly look: Look;
  readonly theme: Theme;
  readonly place: Place;
  /** Copy of the rows while the page is frozen: charts end at its time. */
  readonly frozen: FrozenView | undefined;
  /** Loss of the collector; undefined while it answers. `sinceMs` is a time of `performance.now()`. */
  readonly lost: Lost | undefined;
  readonly choices: Choices;
  /** Goes to another place. `push` (default) makes a step that the browser's Back undoes, `replace` does not. */
  go(change: Partial<Place>, how?: 'push' | 'replace'): void;
  /** Changes choices of the user, and stores them. */
  choose(change: Partial<Choices>): void;
  /** Freezes a copy of the rows, or goes on. */
  toggleFreeze(): void;
  /**
   * Calls back with the last seconds of all connections together, once a second while the page is live and seen. One
   * request serves all parts, so that they show the same figures. Returns the function that ends this.
   */
  onSeconds(listener: (seconds: OverviewJson) => void): () => void;
  /** Shows a short message at the foot, which screen readers read out. */
  say(message: string): void;
}

/** Loss of the collector. */
export interface Lost {
  readonly sinceMs: number;
  readonly reason: string;
}

/** Key of the page or of a tab. */
export interface KeyBinding {
  /** Values of `KeyboardEvent.key`, e.g. `j` or `ArrowDown`. */
  readonly key: string | readonly string[];
  /** Effect, for the help: `move to the next row`. */
  readonly title: string;
  /** Returns false if the key has no effect now, and is left to others. Absent: it always has one. */
  isActive?(page: Page): boolean;
  run(page: Page): void;
}
