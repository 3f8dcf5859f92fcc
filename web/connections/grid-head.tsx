import type { JSX } from 'preact';
import type { Column } from '../../view/rows/index.js';
import { fieldTooltip } from '../parts/index.js';
import type { Page } from '../state/index.js';
import type { SortKey } from './sort-order.js';

/** Props of {@link GridHead}. */
export interface GridHeadProps {
  readonly page: Pick<Page, 'fields'>;
  readonly columns: readonly Column[];
  readonly sort: readonly SortKey[];
  /** @param isFurther true for a click with Shift: the column is added to the order */
  readonly onSort: (column: Column, isFurther: boolean) => void;
}

/** Titles of the columns: buttons that sort. */
export function GridHead({ page, columns, sort, onSort }: GridHeadProps): JSX.Element {
  return (
    <div role="rowgroup" class="grid-head">
      <div role="row" class="grid-row" aria-rowindex={1}>
        {columns.map((column, i) => {
          const place = sort.findIndex(({ field }) => field === column.sortedBy);
          const key = sort[place];
          return (
            <div
              role="columnheader"
              key={column.id}
              class={column.align === 'right' ? 'number' : undefined}
              aria-colindex={i + 1}
              aria-sort={place === 0 ? (key?.isDescending === true ? 'descending' : 'ascending') : undefined}
            >
              <button
                type="button"
                onClick={(event) => onSort(column, event.shiftKey)}
                {...fieldTooltip(page, column.sortedBy)}
              >
                <span class="title">{column.title}</span>
                {key === undefined ? null : <SortMark sort={sort} place={place} />}
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Direction of an order; with its place if there are several fields. */
function SortMark({ sort, place }: { readonly sort: readonly SortKey[]; readonly place: number }): JSX.Element {
  return (
    <span class="sort-mark" aria-hidden="true">
      {sort[place]?.isDescending === true ? '▼' : '▲'}
      {sort.length > 1 ? <sub>{place + 1}</sub> : null}
    </span>
  );
}
