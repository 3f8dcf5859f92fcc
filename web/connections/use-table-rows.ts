import { useEffect, useMemo } from 'preact/hooks';
import { type Column, NEEDED_FIELDS } from '../../view/rows/index.js';
import { chosenFilter, ownPosition } from '../brush/index.js';
import type { Page } from '../state/index.js';
import { type FilterFault, faultIn } from './filter-check.js';
import { frozenRows, liveRows, type ShownRows } from './shown-rows.js';
import { TableView } from './table-view.js';

/** Returns the view that follows the place of the page; it pauses while the page is frozen. */
export function useTableView(
  { api, place, frozen, status, choices: { everyMs } }: Page,
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
    if (frozen === undefined) view.follow({ filter, sort, closed, fields: wanted, everyMs });
    else view.pause();
  }, [view, filter, sort, closed, wanted, everyMs, frozen]);
  return view;
}

/** Returns an error with its position in the filter that was typed: a range of time may stand before it. */
export function ownFault(fault: FilterFault | undefined, place: Page['place']): FilterFault | undefined {
  return fault?.at === undefined ? fault : { ...fault, at: ownPosition(place, fault.at) };
}

/** Returns the rows to show, and the error in the filter if it cannot be applied to the copy. */
export function useShownRows(
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
