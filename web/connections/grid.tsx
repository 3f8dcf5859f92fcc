import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Column, Look } from '../../view/rows/index.js';
import type { Page } from '../state/index.js';
import { GridHead } from './grid-head.js';
import { GridRow, rowId } from './grid-row.js';
import { layoutList, type RowRange, scrollToRow } from './row-range.js';
import type { ShownRows } from './shown-rows.js';
import type { SortKey } from './sort-order.js';
import { type ColumnWidths, fitColumns } from './table-columns.js';
import type { TableCursor } from './table-cursor.js';
import { useBox } from './use-box.js';

/** Height of a row, and of the head. The style sheet has the same. */
const ROW_PX = 28;
/** Columns of the screen between two cells, in letters. */
const APART_LETTERS = 2;

/** Props of {@link Grid}. */
export interface GridProps {
  readonly page: Page;
  readonly rows: ShownRows;
  /** Look of values: one object until it changes. */
  readonly look: Look;
  readonly columns: readonly Column[];
  /** True if columns that do not fit are left out. */
  readonly isFitted: boolean;
  readonly widths: ColumnWidths;
  readonly sort: readonly SortKey[];
  readonly cursor: TableCursor;
  /** Number that grows with each selection by key or click: the row is scrolled to. */
  readonly selections: number;
  /** Name of the view: another one begins at its first row. */
  readonly view: string;
  readonly isArchive: boolean;
  /** Key of the row that is marked for comparison. */
  readonly marked: string | undefined;
  readonly generation: number;
  readonly rates: (key: string) => readonly (number | null)[] | undefined;
  readonly onRange: (visible: RowRange, shown: RowRange) => void;
  readonly onSort: (column: Column, isFurther: boolean) => void;
  readonly onSelect: (index: number, how: 'open' | 'compare') => void;
  readonly onPointer: (isOver: boolean) => void;
  readonly onShiftEnter: () => void;
}

/**
 * Table whose document holds only the rows on the screen and some around them. Its elements have only the
 * roles of a table: rows are placed by hand. The focus is that of the grid, which names the selected row.
 */
export function Grid(props: GridProps): JSX.Element {
  const { page, rows, widths, sort, cursor, selections, view, isArchive, marked, generation } = props;
  const box = useRef<HTMLDivElement>(null);
  const size = useBox(box);
  const [scrollTop, setScrollTop] = useState(0);
  const boxPx = Math.max(ROW_PX, size.heightPx - ROW_PX);
  const list = { count: rows.count, rowPx: ROW_PX, boxPx, scrollTop };
  const { heightPx, visible, shown, topPx } = layoutList(list);
  useLayoutEffect(() => props.onRange(visible, shown), [visible.first, visible.end, shown.first, shown.end]);
  useLayoutEffect(() => {
    if (box.current !== null) box.current.scrollTop = 0;
    setScrollTop(0);
  }, [view]);
  useLayoutEffect(() => {
    if (box.current === null || !cursor.isSet) return;
    box.current.scrollTop = scrollToRow({ ...list, scrollTop: box.current.scrollTop }, cursor.index);
  }, [selections, cursor.index, boxPx]);
  const columns = useFitted(props, size.letters);
  const letters = columns.map((column) => widths.of(column));
  const digits = columns.map((column) => widths.digitsOf(column) + APART_LETTERS);
  const lettersKey = letters.join(' ');
  const kept = useRef({ key: '', letters });
  if (kept.current.key !== lettersKey) kept.current = { key: lettersKey, letters };
  const total = digits.reduce((sum, each) => sum + each, 0);
  const { key: opened, compare } = page.place;
  return (
    <div
      ref={box}
      class="grid"
      role="grid"
      aria-label="Connections"
      aria-rowcount={rows.count + 1}
      aria-colcount={columns.length}
      aria-multiselectable={false}
      aria-activedescendant={cursor.isSet ? rowId(cursor.index) : undefined}
      tabIndex={0}
      style={{
        '--columns': digits.map((each) => `minmax(${each}ch, ${each}fr)`).join(' '),
        '--width': `${total}ch`,
      }}
      onScroll={({ currentTarget }) => setScrollTop(currentTarget.scrollTop)}
      onPointerEnter={({ pointerType }) => {
        // A finger is not over the table between two touches.
        if (pointerType !== 'touch') props.onPointer(true);
      }}
      onPointerLeave={() => props.onPointer(false)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !event.shiftKey || event.target !== event.currentTarget) return;
        event.preventDefault();
        props.onShiftEnter();
      }}
    >
      <GridHead page={page} columns={columns} sort={sort} onSort={props.onSort} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys of the grid select rows, too */}
      <div
        role="rowgroup"
        class="grid-body"
        style={{ height: `${heightPx}px` }}
        onClick={(event) => {
          const index = indexOfRow(event.target);
          // The end of a selection of text is a click, too.
          if (document.getSelection()?.isCollapsed === false) return;
          if (index !== undefined) props.onSelect(index, event.shiftKey ? 'compare' : 'open');
        }}
        onMouseDown={(event) => {
          // Shift would extend the selection of text, and a second click would select a word.
          if (event.shiftKey || event.detail > 1) event.preventDefault();
        }}
      >
        <div role="presentation" class="grid-rows" style={{ transform: `translateY(${topPx}px)` }}>
          {Array.from({ length: shown.end - shown.first }, (_, i) => {
            const index = shown.first + i;
            const key = rows.keyAt(index);
            const row = key === undefined ? undefined : rows.row(key);
            return (
              <GridRow
                key={key ?? `#${index}`}
                index={index}
                row={row}
                columns={columns}
                look={props.look}
                theme={page.theme}
                timeUs={rows.timeUs}
                letters={kept.current.letters}
                isArchive={isArchive}
                isSelected={index === cursor.index}
                isOpened={key !== undefined && key === opened}
                isMarked={key !== undefined && (key === marked || key === compare)}
                isStale={key !== undefined && !rows.isCurrent(key)}
                generation={generation}
                rates={() => (key === undefined ? undefined : props.rates(key))}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Returns the columns that fit; the same list while nothing has changed. */
function useFitted({ columns, isFitted, widths }: GridProps, letters: number): readonly Column[] {
  const fitted = isFitted && letters > 0 ? fitColumns(columns, widths, letters, APART_LETTERS) : columns;
  const key = fitted.map(({ id }) => id).join(' ');
  return useMemo(() => fitted, [key, columns]);
}

/** Returns the index of the row that an element is in. */
function indexOfRow(target: EventTarget | null): number | undefined {
  const element = target instanceof Element ? target.closest('[role=row]') : null;
  const index = Number(element?.getAttribute('aria-rowindex') ?? Number.NaN) - 2;
  return index >= 0 ? index : undefined;
}
