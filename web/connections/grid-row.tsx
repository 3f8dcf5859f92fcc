import { Component, type JSX } from 'preact';
import type { RowJson } from '../../live/wire/index.js';
import { type Column, endText, type Look } from '../../view/rows/index.js';
import { Sparkline } from '../charts/index.js';
import type { Theme } from '../state/index.js';
import { IDENTITY, SPARKLINE } from './table-columns.js';

/** Props of {@link GridRow}. */
export interface GridRowProps {
  /** Index among all rows of the view. */
  readonly index: number;
  /** Undefined until the row is known. */
  readonly row: RowJson | undefined;
  readonly columns: readonly Column[];
  readonly look: Look;
  readonly theme: Theme;
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
  /** Letters of each column. */
  readonly letters: readonly number[];
  /** True for archives: closed rows keep their values. */
  readonly isArchive: boolean;
  readonly isSelected: boolean;
  /** True for the connection in the drill-down. */
  readonly isOpened: boolean;
  /** True for a connection that is marked for comparison, or compared. */
  readonly isMarked: boolean;
  /** True if the values of the row do not go on. */
  readonly isStale: boolean;
  /** Number of the computation, which the chart of the last 60 s follows. */
  readonly generation: number;
  /** Returns the rates of the last 60 s. */
  readonly rates: () => readonly (number | null)[] | undefined;
}

/** Width in which nothing is cut, in letters. */
const UNCUT = 1000;
/** Props that do not change what a row shows. */
const UNSEEN: readonly string[] = ['rates', 'timeUs', 'generation', 'children'];

/** Returns the id of a row's element. */
export function rowId(index: number): string {
  return `connection-${index}`;
}

/** Row of the table. It is drawn again only when something that it shows has changed. */
export class GridRow extends Component<GridRowProps> {
  override shouldComponentUpdate(next: GridRowProps): boolean {
    const { props } = this;
    const isClosed = next.row?.open === false && !next.isArchive;
    if (isClosed && next.timeUs !== props.timeUs) return true;
    if (next.generation !== props.generation && next.columns.some(({ id }) => id === SPARKLINE) && !isClosed)
      return true;
    return (Object.keys(next) as (keyof GridRowProps)[]).some(
      (name) => !UNSEEN.includes(name) && next[name] !== props[name],
    );
  }

  override render(): JSX.Element {
    const { index, row, columns, isArchive, isSelected, isOpened, isMarked, isStale } = this.props;
    const isClosed = row?.open === false && !isArchive;
    const from = isClosed ? columns.findIndex(({ id }) => !IDENTITY.includes(id)) : -1;
    const classes = [
      'grid-row',
      isClosed || isStale ? 'is-faint' : '',
      isSelected ? 'is-selected' : '',
      isOpened ? 'is-opened' : '',
      isMarked ? 'is-marked' : '',
    ];
    return (
      <div
        role="row"
        class={classes.filter(Boolean).join(' ')}
        id={rowId(index)}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        aria-current={isOpened ? 'true' : undefined}
      >
        {(from < 0 ? columns : columns.slice(0, from)).map((column, i) => this.#cell(column, i))}
        {from < 0 ? null : this.#end(from)}
      </div>
    );
  }

  #cell(column: Column, i: number): JSX.Element {
    const { row, look, letters, isMarked } = this.props;
    const { id, align } = column;
    if (id === SPARKLINE) return this.#sparkline(i);
    const text = row === undefined ? (i === 0 ? '…' : '') : column.text(row, look, letters[i] ?? 0);
    return (
      <div
        role="gridcell"
        class={align === 'right' ? 'number' : undefined}
        key={id}
        aria-colindex={i + 1}
        title={row !== undefined && text.includes('…') ? column.text(row, look, UNCUT) : undefined}
      >
        {isMarked && i === 0 ? <span class="mark" role="img" aria-label="Marked for comparison: " /> : null}
        {text}
      </div>
    );
  }

  #sparkline(i: number): JSX.Element {
    const { theme, rates } = this.props;
    const values = rates();
    return (
      <div role="gridcell" class="spark" key={SPARKLINE} aria-colindex={i + 1}>
        {values === undefined ? null : <Sparkline values={values} label="Goodput of the last 60 s" theme={theme} />}
      </div>
    );
  }

  /** Cell that takes the place of the values: how the connection ended. */
  #end(from: number): JSX.Element {
    const { row, timeUs, look, columns } = this.props;
    return (
      <div
        role="gridcell"
        class="ended"
        key="ended"
        style={{ gridColumn: `${from + 1} / -1` }}
        aria-colindex={from + 1}
        aria-colspan={columns.length - from}
      >
        {row === undefined ? '' : endText(row, timeUs, look)}
      </div>
    );
  }
}
