import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { OverviewJson, ProblemJson } from '../../live/wire/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';
import { hasHole, joinOverview, type OverviewHistory } from './overview-history.js';

/** Time that the page shows. */
const WINDOW = '15m';
const WINDOW_MS = 15 * 60_000;

/** History of all connections together. */
export interface Overview {
  /** Undefined before the first answer. */
  readonly history: OverviewHistory | undefined;
  readonly problem: ProblemJson | undefined;
}

/**
 * Follows all connections together: all seconds at first, and after a hole; then those that the page asks for anyway.
 * Archives are asked once. While the page is frozen, the history ends at its time.
 */
export function useOverview(page: Page): Overview {
  const { status, frozen, onSeconds } = page;
  const isArchive = status?.mode === 'archive';
  const isFollowing = !isArchive && frozen === undefined;
  const [history, setHistory] = useState<OverviewHistory>();
  const known = useRef<OverviewHistory>(undefined);
  const join = (before: OverviewHistory | undefined, answer: OverviewJson): void => {
    known.current = joinOverview(before, answer, isArchive ? undefined : WINDOW_MS);
    setHistory(known.current);
  };
  const { problem, again } = usePolled<OverviewJson>(page, '/overview', { window: WINDOW }, undefined, (answer) =>
    join(undefined, answer),
  );
  const askAll = useRef(again);
  askAll.current = again;
  useEffect(() => {
    if (!isFollowing) return undefined;
    return onSeconds((news) => {
      if (known.current === undefined) return;
      if (hasHole(known.current, news)) askAll.current();
      else join(known.current, news);
    });
  }, [isFollowing, onSeconds]);
  const endMs = frozen === undefined ? undefined : frozen.timeUs / 1000;
  return { history: useMemo(() => beforeMs(history, endMs), [history, endMs]), problem };
}

function beforeMs(history: OverviewHistory | undefined, endMs: number | undefined): OverviewHistory | undefined {
  if (history === undefined || endMs === undefined) return history;
  return { ...history, parts: history.parts.filter(({ time }) => Date.parse(time) < endMs) };
}
