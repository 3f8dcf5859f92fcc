import './connections.css';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { ARCHIVE_ORDER, CLOSED_WORDS, type Column, Columns, nextClosed, RowFields } from '../../view/rows/index.js';
import { ProblemState } from '../parts/index.js';
import type { Page } from '../state/index.js';
import { SummaryPart } from '../summary/index.js';
import { copyText } from './copy-text.js';
import { EmptyTable } from './empty-table.js';
import { faultOf } from './filter-check.js';
import { Grid } from './grid.js';
import type { RowRange } from './row-range.js';
import { rowsIn } from './shown-rows.js';
import {
  addColumnToSort,
  formatSort,
  parseSort,
  reverseSort,
  type SortKey,
  sortByColumn,
  sortByNext,
} from './sort-order.js';
import { provideActions, type TableActions } from './table-actions.js';
import { TableBar } from './table-bar.js';
import { ColumnWidths, chosenColumns } from './table-columns.js';
import { TableCursor } from './table-cursor.js';
import { ownFault, useShownRows, useTableView } from './use-table-rows.js';

type ColumnsDialog = typeof import('./columns-dialog.js')['ColumnsDialog'];

/** Table of connections, with its filter. */
export function ConnectionsTab({ page }: { readonly page: Page }): JSX.Element {
  const { place, status, fields, frozen, choices, go, say } = page;
  const look = useMemo(() => page.look, [page.look.bytes]);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const isArchive = status?.mode === 'archive';
  const columnsOf = useMemo(() => new Columns(new RowFields(fields.all)), [fields]);
  const names = place.columns || choices.columns;
  const columns = useMemo(() => chosenColumns(columnsOf, names, status?.mode), [columnsOf, names, status?.mode]);
  const view = useTableView(page, columns, redraw);
  const [selections, scrollToSelection] = useReducer((count: number) => count + 1, 0);
  const [marked, setMarked] = useState<string>();
  const { cursor, widths } = useMemo(() => ({ cursor: new TableCursor(), widths: new ColumnWidths() }), []);
  const visible = useRef<RowRange>({ first: 0, end: 0 });
  const gridPart = useRef<HTMLDivElement>(null);
  const { rows, fault } = useShownRows(page, view);
  // The order of a live table without a choice is that of a sum which no column has.
  const order = place.sort === '' && isArchive ? ARCHIVE_ORDER : place.sort;
  const sort = useMemo(() => parseSort(order, columnsOf.fields), [order, columnsOf]);
  // A range of time is not part of it: who zooms into the charts of a row keeps the row.
  const viewName = [place.filter, place.sort, place.closed, frozen === undefined ? '' : frozen.sinceMs].join('\n');
  const lastView = useRef(viewName);
  if (lastView.current !== viewName) {
    lastView.current = viewName;
    cursor.clear();
  }
  cursor.settle(rows);
  widths.take(columns, rowsIn(rows, visible.current), look);

  const select = (index: number): void => {
    cursor.select(index, rows);
    if (cursor.isSet) view.held.hold('selection', performance.now());
    scrollToSelection(undefined);
  };
  const compare = (): void => {
    const { key } = cursor;
    if (key === undefined) return;
    const other = marked ?? (place.key === '' ? undefined : place.key);
    if (other === key) setMarked(undefined);
    else if (other === undefined) {
      setMarked(key);
      say('Marked for comparison: m on another row compares both.');
    } else {
      setMarked(undefined);
      go({ key: other, compare: key });
    }
  };
  const open = (): void => {
    if (cursor.key !== undefined) go({ key: cursor.key, compare: '' });
  };
  const resort = (keys: readonly SortKey[]): void => {
    go({ sort: formatSort(keys) });
  };
  const setColumns = (chosen: string): void => {
    page.choose({ columns: chosen });
    go({ columns: chosen }, 'replace');
  };
  const [Dialog, setDialog] = useState<{ readonly Dialog: ColumnsDialog }>();
  const actions: TableActions = {
    move: (by) => {
      cursor.move(by, rows, visible.current.first);
      select(cursor.index);
    },
    page: (by) => {
      cursor.move(by * Math.max(1, visible.current.end - visible.current.first - 1), rows, visible.current.first);
      select(cursor.index);
    },
    toEnd: (end) => select(end === 'first' ? 0 : rows.count - 1),
    hasSelection: cursor.isSet || marked !== undefined,
    open,
    compare,
    clear: () => {
      setMarked(undefined);
      cursor.clear();
      view.held.release('user');
      view.release('selection');
      redraw(undefined);
    },
    editFilter: () => document.querySelector<HTMLInputElement>('#filter')?.focus(),
    sortNext: (by) => resort(sortByNext(sort, columns, by)),
    reverse: () => {
      if (sort.length === 0) say('Choose a column with s first: the order by throughput has no reverse.');
      else resort(reverseSort(sort));
    },
    toggleHold: () => {
      if (view.held.isHeld) view.reorder();
      else view.held.hold('user', performance.now());
      redraw(undefined);
    },
    nextClosed: () => {
      const closed = nextClosed(place.closed);
      say(CLOSED_WORDS[closed]);
      go({ closed });
    },
    chooseColumns: () => {
      void import('./columns-dialog.js').then(({ ColumnsDialog }) => setDialog({ Dialog: ColumnsDialog }));
    },
    copy: () => {
      const key = cursor.key ?? place.key;
      // The key of a row is its UUID, and its start time behind @.
      const uuid = rows.row(key)?.uuid ?? key.replace(/@.*/, '');
      if (uuid === '') {
        say('Select a connection first.');
        return;
      }
      void copyText(uuid, window).then((isCopied) =>
        say(isCopied ? `Copied ${uuid}.` : `The browser does not allow copying: ${uuid}`),
      );
    },
  };
  // Before the screen is drawn: a key pressed right after it acts on what it shows.
  useLayoutEffect(() => provideActions(actions));
  const isHeld = view.held.isHeld && frozen === undefined && !isArchive;
  const focusGrid = (): void => gridPart.current?.querySelector<HTMLElement>('[role=grid]')?.focus();
  const isEmpty = rows.count === 0 && (frozen !== undefined || view.live.isKnown) && !view.isWaiting;
  const problem = frozen === undefined ? view.problem : undefined;
  return (
    <section class="connections" aria-label="Connections">
      {place.key === '' && frozen === undefined ? <SummaryPart page={page} onLeft={focusGrid} /> : null}
      <TableBar
        page={page}
        fault={ownFault(fault ?? faultOf(problem), place)}
        matched={frozen === undefined ? view.live.matched : rows.count}
        total={rows.total}
        heldSinceMs={isHeld ? view.held.sinceMs : undefined}
        actions={actions}
        isMarked={marked !== undefined}
        onDone={focusGrid}
      />
      <div class="table-part" ref={gridPart}>
        {problem !== undefined && view.isWaiting ? (
          <ProblemState problem={problem} onRetry={() => view.retry()} />
        ) : isEmpty ? (
          <EmptyTable page={page} />
        ) : (
          <Grid
            page={page}
            rows={rows}
            look={look}
            columns={columns}
            isFitted={names === ''}
            widths={widths}
            sort={sort}
            cursor={cursor}
            selections={selections}
            view={viewName}
            isArchive={isArchive}
            marked={marked}
            generation={frozen === undefined ? view.generation : 0}
            rates={(key) => view.rings.values(key, view.generation)}
            onRange={(seen, shown) => {
              visible.current = seen;
              if (frozen === undefined) view.show(seen, shown);
              if (widths.take(columns, rowsIn(rows, seen), look)) redraw(undefined);
            }}
            onSort={(column: Column, isFurther) =>
              resort(isFurther ? addColumnToSort(sort, column) : sortByColumn(sort, column))
            }
            onSelect={(index, how) => {
              select(index);
              if (how === 'compare') compare();
              else open();
            }}
            onPointer={(isOver) => {
              if (isOver) view.held.hold('pointer', performance.now());
              else view.release('pointer');
            }}
            onShiftEnter={compare}
          />
        )}
      </div>
      {Dialog === undefined ? null : (
        <Dialog.Dialog page={page} shown={columns} onChoose={setColumns} onClose={() => setDialog(undefined)} />
      )}
    </section>
  );
}
