import type { Column } from '../rows/index.js';
import { COLUMNS } from './columns.js';
import type { Key } from './keys.js';

/** Result of a key in the list of columns. `changed`: the chosen columns are others. */
export type ChooserResult = 'changed' | 'close' | 'kept';

/** List of columns to choose from: those shown come first, in their order. */
export class ColumnChooser {
  readonly all: readonly Column[];
  #chosen: readonly Column[];
  index = 0;

  constructor(shown: readonly Column[]) {
    this.#chosen = shown;
    this.all = [...shown, ...COLUMNS.choosable().filter(({ id }) => !shown.some((each) => each.id === id))];
  }

  /** Chosen columns, in the order shown. */
  get chosen(): readonly Column[] {
    return this.#chosen;
  }

  press({ name, text }: Key): ChooserResult {
    if (name === 'escape' || name === 'enter' || text === 'c') return 'close';
    if (name === 'text' && text === ' ') return this.#toggle();
    const by = STEPS[name === 'text' ? text : name];
    if (by !== undefined) this.index = Math.max(0, Math.min(this.all.length - 1, this.index + by));
    return 'kept';
  }

  /** Adds the column at the cursor, or takes it out; the last one stays. */
  #toggle(): ChooserResult {
    const column = this.all[this.index];
    if (column === undefined) return 'kept';
    const without = this.#chosen.filter(({ id }) => id !== column.id);
    if (without.length === 0) return 'kept';
    this.#chosen = without.length < this.#chosen.length ? without : [...this.#chosen, column];
    return 'changed';
  }
}

const PAGE = 10;
const ALL = 10_000;
const STEPS: Readonly<Record<string, number | undefined>> = {
  j: 1,
  down: 1,
  k: -1,
  up: -1,
  pagedown: PAGE,
  pageup: -PAGE,
  g: -ALL,
  home: -ALL,
  G: ALL,
  end: ALL,
};
