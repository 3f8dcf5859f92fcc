import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { OverviewJson, ProblemJson } from '../../live/wire/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';
import { hasHole, joinOverview, type OverviewHistory } from './overview-history.js';

/** Time that the page shows. */
const WINDOW = '15m';
const WINDOW_MS = 15 * 60_000;
/** Seconds that each further answer brings: those since the last one, and some before it. */
const NEWS = '10s';
/** A column of pixels is a second or so: more often would show nothing more. */
const EVERY_MS = 2000;

/** History of all connections together. */
export interface Overview {
  /** Undefined before the first answer. */
  readonly history: OverviewHistory | undefined;
  readonly problem: ProblemJson | undefined;
}

/**
 * Follows all connections together: all at first, and after a hole; otherwise only news. Archives are asked once. While
 * the page is frozen, the history ends at its time.
 */
export function useOverview(page: Page): Overview {
  const { status, frozen } = page;
  const isArchive = status?.mode === 'archive';
  const isFollowing = !isArchive && frozen === undefined;
  const [history, setHistory] = useState<OverviewHistory>();
  const [hasAll, setHasAll] = useState(false);
  const known = useRef<OverviewHistory>(undefined);
  const take = (answer: OverviewJson): void => {
    if (hasAll && hasHole(known.current, answer)) {
      setHasAll(false);
      return;
    }
    known.current = joinOverview(hasAll ? known.current : undefined, answer, isArchive ? undefined : WINDOW_MS);
    setHistory(known.current);
    setHasAll(true);
  };
  const window = hasAll && !isArchive ? NEWS : WINDOW;
  const { problem } = usePolled<OverviewJson>(page, '/overview', { window }, isFollowing ? EVERY_MS : undefined, take);
  useEffect(() => setHasAll(false), [isFollowing]);
  const endMs = frozen === undefined ? undefined : frozen.timeUs / 1000;
  return { history: useMemo(() => beforeMs(history, endMs), [history, endMs]), problem };
}

function beforeMs(history: OverviewHistory | undefined, endMs: number | undefined): OverviewHistory | undefined {
  if (history === undefined || endMs === undefined) return history;
  return { ...history, parts: history.parts.filter(({ time }) => Date.parse(time) < endMs) };
}
