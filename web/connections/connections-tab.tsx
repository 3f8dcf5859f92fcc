import './connections.css';
import type { JSX } from 'preact';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { formatCount } from '../../view/chart/index.js';
import {
  ageText,
  CLOSED_WORDS,
  type Column,
  Columns,
  GROUPINGS,
  NEEDED_FIELDS,
  nextClosed,
  RowFields,
} from '../../view/rows/index.js';
import { chosenFilter, ownPosition } from '../brush/index.js';
import { Menu, ProblemState, useNow } from '../parts/index.js';
import type { Page } from '../state/index.js';
import { copyText } from './copy-text.js';
import { EmptyTable } from './empty-table.js';
import { type FilterFault, faultIn, faultOf } from './filter-check.js';
import { FilterLine } from './filter-line.js';
import { Grid } from './grid.js';
import type { RowRange } from './row-range.js';
import { frozenRows, liveRows, type ShownRows } from './shown-rows.js';
import { addColumnToSort, formatSort, parseSort, reverseSort, sortByColumn, sortByNext } from './sort-order.js';
import { provideActions, type TableActions } from './table-actions.js';
import { ColumnWidths, chosenColumns } from './table-columns.js';
import { TableCursor } from './table-cursor.js';
import { TableView } from './table-view.js';

type ColumnsDialog = typeof import('./columns-dialog.js')['ColumnsDialog'];

const CLOSED_NAMES = { true: 'shown', false: 'hidden', only: 'only' } as const;

/** Table of connections, with its filter. */
export function ConnectionsTab({ page }: { readonly page: Page }): JSX.Element {
  const { place, status, fields, frozen, look, choices, go, say } = page;
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const latest = useRef(page);
  latest.current = page;
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
  const sort = useMemo(() => parseSort(place.sort, columnsOf.fields), [place.sort, columnsOf]);
  const viewName = [
    chosenFilter(place, status?.mode),
    place.sort,
    place.closed,
    frozen === undefined ? '' : frozen.sinceMs,
  ].join('\n');
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
  const resort = (keys: ReturnType<typeof parseSort> | readonly (typeof sort)[number][]): void => {
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
      const uuid = cursor.key === undefined ? undefined : (rows.row(cursor.key)?.uuid ?? cursor.key);
      if (uuid === undefined) return;
      void copyText(uuid, window).then((isCopied) =>
        say(isCopied ? `Copied ${uuid}.` : `The browser does not allow copying: ${uuid}`),
      );
    },
  };
  useEffect(() => provideActions(actions));
  const isHeld = view.held.isHeld && frozen === undefined && !isArchive;
  const isEmpty = rows.count === 0 && (frozen !== undefined || view.live.isKnown) && !view.isWaiting;
  const problem = frozen === undefined ? view.problem : undefined;
  return (
    <section class="connections" aria-label="Connections">
      <div class="table-bar">
        <FilterLine
          page={page}
          fault={ownFault(fault ?? faultOf(problem), place)}
          onDone={() => gridPart.current?.querySelector<HTMLElement>('[role=grid]')?.focus()}
        />
        <div class="table-state">
          <span class="matched" role="status">
            {formatCount(rows.count)} of {formatCount(rows.total)}
          </span>
          {isHeld ? <HeldButton sinceMs={view.held.sinceMs ?? 0} onReorder={actions.toggleHold} /> : null}
        </div>
        <div class="table-buttons">
          <button type="button" class="button" onClick={actions.chooseColumns}>
            Columns
          </button>
          <Menu
            label="Group: none ▾"
            items={GROUPINGS.map(({ by, name }) => ({ label: name, run: () => go({ tab: 'groups', group: by }) }))}
          />
          <Menu
            label={`closed: ${CLOSED_NAMES[place.closed]} ▾`}
            items={(['true', 'false', 'only'] as const).map((closed) => ({
              label: CLOSED_WORDS[closed],
              kind: 'radio',
              isChecked: closed === place.closed,
              run: () => go({ closed }),
            }))}
          />
          <button
            type="button"
            class="button"
            aria-pressed={marked !== undefined}
            disabled={cursor.key === undefined && marked === undefined}
            onClick={compare}
          >
            {marked === undefined && place.key === '' ? 'Mark to compare' : 'Compare'}
          </button>
        </div>
      </div>
      <div class="table-part" ref={gridPart}>
        {problem !== undefined && view.isWaiting ? (
          <ProblemState problem={problem} onRetry={() => view.retry()} />
        ) : isEmpty ? (
          <EmptyTable page={page} />
        ) : (
          <Grid
            page={page}
            rows={rows}
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

/** Says how old the order is, and orders the rows anew. */
function HeldButton({ sinceMs, onReorder }: { readonly sinceMs: number; readonly onReorder: () => void }): JSX.Element {
  const now = useNow(1000);
  return (
    <button type="button" class="button held" onClick={onReorder} title="Order the rows again (o)">
      order {ageText(Math.max(0, now - sinceMs) * 1000)} old · <kbd>o</kbd>
    </button>
  );
}

/** Returns the view that follows the place of the page; it pauses while the page is frozen. */
function useTableView(
  { api, place, frozen, status }: Page,
  columns: readonly Column[],
  redraw: (_: unknown) => void,
): TableView {
  const view = useMemo(
    () =>
      new TableView({
        api,
        onChange: () => redraw(undefined),
        nowMs: () => performance.now(),
        later: (act, ms) => {
          const timer = setTimeout(act, ms);
          return () => clearTimeout(timer);
        },
      }),
    [api],
  );
  useEffect(() => () => view.pause(), [view]);
  const wanted = [...new Set([...NEEDED_FIELDS, ...columns.flatMap(({ fields }) => fields)])].join(',');
  const { sort, closed } = place;
  const filter = chosenFilter(place, status?.mode);
  useEffect(() => {
    if (frozen === undefined) view.follow({ filter, sort, closed, fields: wanted });
    else view.pause();
  }, [view, filter, sort, closed, wanted, frozen]);
  return view;
}

/** Returns an error with its position in the filter of the user. */
function ownFault(fault: FilterFault | undefined, place: Page['place']): FilterFault | undefined {
  return fault?.at === undefined ? fault : { ...fault, at: ownPosition(place, fault.at) };
}

/** Returns the rows to show, and the error in the filter if it cannot be applied to the copy. */
function useShownRows(
  { frozen, status, place }: Page,
  view: TableView,
): { readonly rows: ShownRows; readonly fault: FilterFault | undefined } {
  const { sort, closed } = place;
  const filter = chosenFilter(place, status?.mode);
  const copied = useMemo(() => {
    if (frozen === undefined) return undefined;
    let order: readonly string[] = [];
    const fault = faultIn(() => {
      order = frozen.order(filter, sort || undefined, closed);
    });
    return { rows: frozenRows(frozen, order), fault };
  }, [frozen, filter, sort, closed]);
  return copied ?? { rows: liveRows(view), fault: undefined };
}

function* rowsIn(rows: ShownRows, { first, end }: RowRange): Generator<NonNullable<ReturnType<ShownRows['row']>>> {
  for (let index = first; index < end; index++) {
    const key = rows.keyAt(index);
    const row = key === undefined ? undefined : rows.row(key);
    if (row !== undefined) yield row;
  }
}
