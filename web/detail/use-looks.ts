import { useEffect } from 'preact/hooks';
import type { ChartRange } from '../charts/index.js';
import type { ConnectionWatch } from './connection-watch.js';

/** Time for which a chosen range must stay before finer cells of it are loaded. */
const SETTLED_MS = 300;

/**
 * Loads what charts of a connection need.
 * @param range range that they show
 * @param isMoving true while the range goes on with the time: then the stream has the finest cells
 * @param wantsAll true if the whole past is shown, also what archives have
 */
export function useLooks(watch: ConnectionWatch, range: ChartRange, isMoving: boolean, wantsAll: boolean): void {
  const { fromMs, untilMs } = range;
  useEffect(() => {
    if (isMoving) {
      watch.lookAtAll();
      return undefined;
    }
    const timer = setTimeout(() => void watch.look({ fromMs, untilMs }), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [watch, isMoving, isMoving ? 0 : fromMs, isMoving ? 0 : untilMs]);
  useEffect(() => {
    if (wantsAll) void watch.loadAll();
  }, [watch, wantsAll]);
}
