import { useEffect, useState } from 'preact/hooks';

/** Returns the time of `performance.now()`, again and again while it is needed: for ages that are shown. */
export function useNow(everyMs: number, isNeeded = true): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (!isNeeded) return undefined;
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isNeeded]);
  return now;
}
