/** Rows beside the visible ones that the document has, too, on each side. */
export const ROWS_AROUND = 20;
/** Rows by which the range in the document moves, so that not every step of the wheel changes it. */
const STEP = 5;
/** Greatest height of an element, below the bounds of browsers (Firefox: about 17.9 million). */
export const MAX_HEIGHT_PX = 10_000_000;

/** Range of rows by their indexes: `end` is the first one behind it. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** Place of a list in its scrolled box. */
export interface ListScroll {
  readonly count: number;
  readonly rowPx: number;
  /** Height of the box, without its head. */
  readonly boxPx: number;
  readonly scrollTop: number;
}

/** Part of a list that the document has. */
export interface ListLayout {
  /** Height of the whole list. */
  readonly heightPx: number;
  /** Rows that are visible, at least in part. */
  readonly visible: RowRange;
  /** Rows in the document. */
  readonly shown: RowRange;
  /** Place of the first row in the document, from the top of the list. */
  readonly topPx: number;
}

/**
 * Returns the rows that the document needs. Lists that are higher than a browser can show are scrolled faster: the
 * scrollbar still reaches from the first row to the last one.
 */
export function layoutList({ count, rowPx, boxPx, scrollTop }: ListScroll): ListLayout {
  const fullPx = count * rowPx;
  const heightPx = Math.min(fullPx, MAX_HEIGHT_PX);
  const scrolledPx = toFull(Math.max(0, Math.min(scrollTop, heightPx - boxPx)), fullPx, heightPx, boxPx);
  const first = Math.max(0, Math.min(count, Math.floor(scrolledPx / rowPx)));
  const end = Math.min(count, Math.ceil((scrolledPx + boxPx) / rowPx));
  const shownFirst = Math.max(0, Math.floor((first - ROWS_AROUND) / STEP) * STEP);
  const shownEnd = Math.min(count, Math.ceil((end + ROWS_AROUND) / STEP) * STEP);
  return {
    heightPx,
    visible: { first, end: Math.max(first, end) },
    shown: { first: Math.min(shownFirst, count), end: Math.max(shownFirst, shownEnd) },
    topPx: shownFirst * rowPx - (scrolledPx - Math.max(0, Math.min(scrollTop, heightPx - boxPx))),
  };
}

/** Returns where to scroll so that a row is wholly visible; the same place if it is. */
export function scrollToRow(list: ListScroll, index: number): number {
  const { count, rowPx, boxPx, scrollTop } = list;
  const fullPx = count * rowPx;
  const heightPx = Math.min(fullPx, MAX_HEIGHT_PX);
  const at = toFull(scrollTop, fullPx, heightPx, boxPx);
  const [top, bottom] = [index * rowPx, (index + 1) * rowPx];
  const wanted = top < at ? top : bottom > at + boxPx ? bottom - boxPx : at;
  if (wanted === at || fullPx <= boxPx) return scrollTop;
  return fullPx === heightPx ? wanted : (wanted * (heightPx - boxPx)) / (fullPx - boxPx);
}

function toFull(scrollTop: number, fullPx: number, heightPx: number, boxPx: number): number {
  return fullPx === heightPx ? scrollTop : (scrollTop * (fullPx - boxPx)) / (heightPx - boxPx);
}

/** Window of a view that is asked for. */
export interface AskedWindow {
  readonly offset: number;
  readonly limit: number;
}

/** Rows that are asked for at least, and at most: as many as a source streams. */
const LEAST_WINDOW = 100;
const LARGEST_WINDOW = 1000;

/** Returns the window to ask for, so that there are rows around the visible ones. */
export function windowAround({ first, end }: RowRange): AskedWindow {
  const height = end - first;
  const limit = Math.min(LARGEST_WINDOW, Math.max(LEAST_WINDOW, Math.ceil((height + 4 * ROWS_AROUND) / 20) * 20));
  return { offset: Math.max(0, first - ((limit - height) >> 1)), limit };
}

/** Returns whether a known part of the list lacks rows that the document shows. */
export function lacksRows(shown: RowRange, known: RowRange): boolean {
  return shown.first < known.first || shown.end > known.end;
}
