import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useWidth } from '../charts/index.js';
import { tooltip } from '../parts/index.js';
import type { Page } from '../state/index.js';
import { connectionText, fittingCells, type GroupCell, groupCells } from './group-cells.js';
import type { GroupColumn, GroupLine, GroupOrder } from './group-lines.js';

/** Height of a line in pixels; the style sheet has the same. */
const LINE_PX = 28;
/** Lines in the document before and after those on the screen. */
const AROUND = 20;

/** Options of {@link GroupsGrid}. */
export interface GroupsGridProps {
  readonly page: Page;
  /** Name of the grouping. */
  readonly name: string;
  readonly lines: readonly GroupLine[];
  /** Index of the line with the cursor. */
  readonly cursor: number;
  readonly order: GroupOrder | undefined;
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
  readonly isStale: boolean;
  readonly onOrder: (column: GroupColumn) => void;
  readonly onCursor: (index: number) => void;
  readonly onOpen: (line: GroupLine) => void;
  readonly onFold: (line: GroupLine) => void;
}

/** Table of groups, with the first connections of those that are unfolded. Only lines on the screen are in the document. */
export function GroupsGrid(props: GroupsGridProps): JSX.Element {
  const { page, name, lines, cursor, isStale } = props;
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const widthPx = useWidth(box);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const cells = fittingCells(groupCells(name, page.status?.mode === 'archive'), widthPx === 0 ? 1200 : widthPx);
  const first = Math.max(0, Math.floor(scroll.top / LINE_PX) - AROUND);
  const end = Math.min(lines.length, Math.ceil((scroll.top + scroll.height) / LINE_PX) + AROUND);
  const measure = (): void => {
    const { current } = box;
    if (current !== null) setScroll({ top: current.scrollTop, height: current.clientHeight });
  };
  useEffect(measure, [widthPx, lines.length]);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const top = cursor * LINE_PX;
    if (top < current.scrollTop) current.scrollTop = top;
    // The head covers the first line of the box.
    else if (top + 2 * LINE_PX > current.scrollTop + current.clientHeight)
      current.scrollTop = top + 2 * LINE_PX - current.clientHeight;
  }, [cursor]);
  const choose = ({ target }: MouseEvent): void => {
    if (!(target instanceof Element)) return;
    const index = indexOfLine(target);
    const line = lines[index];
    if (line === undefined) return;
    props.onCursor(index);
    if (target.closest('.fold') === null) props.onOpen(line);
    else props.onFold(line);
  };
  const columns = cells
    .map(({ leastPx }, i) => (i === 0 ? `minmax(${leastPx}px, 3fr)` : `minmax(${leastPx}px, 1fr)`))
    .join(' ');
  return (
    <div
      class={isStale ? 'groups-grid is-stale' : 'groups-grid'}
      ref={box}
      role="grid"
      aria-label="Groups"
      aria-rowcount={lines.length + 1}
      aria-colcount={cells.length}
      aria-activedescendant={lines.length === 0 ? undefined : `${id}-${cursor}`}
      tabIndex={0}
      style={{ '--columns': columns }}
      onScroll={measure}
    >
      <Head cells={cells} order={props.order} onOrder={props.onOrder} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys of the tab choose lines, too */}
      <div class="groups-body" role="rowgroup" style={{ height: `${lines.length * LINE_PX}px` }} onClick={choose}>
        <div role="presentation" style={{ transform: `translateY(${first * LINE_PX}px)` }}>
          {lines.slice(first, end).map((line, i) => (
            <Line key={line.id} {...props} line={line} cells={cells} index={first + i} id={`${id}-${first + i}`} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface HeadProps {
  readonly cells: readonly GroupCell[];
  readonly order: GroupOrder | undefined;
  readonly onOrder: (column: GroupColumn) => void;
}

function Head({ cells, order, onOrder }: HeadProps): JSX.Element {
  return (
    <div role="rowgroup" class="groups-head">
      <div class="groups-line" role="row" aria-rowindex={1}>
        {cells.map(({ column, title, meaning, isNumber }) => {
          const direction = order?.column !== column ? 'none' : order.isDescending ? 'descending' : 'ascending';
          return (
            <div key={column} role="columnheader" aria-sort={direction} class={isNumber ? 'number' : undefined}>
              <button type="button" {...tooltip(() => meaning)} onClick={() => onOrder(column)}>
                {title}
                {direction === 'none' ? null : (
                  <span aria-hidden="true">{direction === 'descending' ? ' ▼' : ' ▲'}</span>
                )}
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface LineProps extends GroupsGridProps {
  readonly line: GroupLine;
  readonly cells: readonly GroupCell[];
  readonly index: number;
  readonly id: string;
}

function Line({ page, line, cells, index, id, cursor, timeUs }: LineProps): JSX.Element {
  const isSelected = index === cursor;
  if (line.kind !== 'group') {
    const isFaint = line.kind === 'note' || line.row.open === false;
    return (
      <div
        role="row"
        class={isFaint ? 'groups-line faint' : 'groups-line'}
        id={id}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
      >
        <div role="gridcell" aria-colspan={cells.length} class="groups-wide">
          {line.kind === 'row' ? connectionText(line.row, page.look, timeUs) : line.text}
        </div>
      </div>
    );
  }
  const isOther = line.group.other === true;
  return (
    <div role="row" class="groups-line" id={id} aria-rowindex={index + 2} aria-selected={isSelected}>
      {cells.map(({ column, isNumber, text }, i) => (
        <div key={column} role="gridcell" class={isNumber ? 'number' : i === 0 ? 'groups-key' : undefined}>
          {i > 0 || isOther ? null : (
            <button
              type="button"
              class="fold"
              tabIndex={-1}
              aria-expanded={line.isUnfolded}
              aria-label={line.isUnfolded ? 'Fold' : 'Unfold'}
            >
              {line.isUnfolded ? '▾' : '▸'}
            </button>
          )}
          <span class="groups-text">{text(line.group, page.look)}</span>
        </div>
      ))}
    </div>
  );
}

/** Returns the index of the line that an element is in. */
function indexOfLine(element: Element): number {
  return Number(element.closest('[role=row]')?.getAttribute('aria-rowindex') ?? Number.NaN) - 2;
}
