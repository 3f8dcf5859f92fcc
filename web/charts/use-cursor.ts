import { useEffect, useState } from 'preact/hooks';
import type { ChartCursor } from './chart-cursor.js';

/** Returns the moment that the reader points at, as it changes. */
export function useCursor(cursor: ChartCursor): number | undefined {
  const [timeMs, setTimeMs] = useState(cursor.timeMs);
  useEffect(() => {
    setTimeMs(cursor.timeMs);
    return cursor.subscribe(() => setTimeMs(cursor.timeMs));
  }, [cursor]);
  return timeMs;
}
