import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Inner size of an element. */
export interface BoxSize {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Width in letters, as the unit `ch` counts them. */
  readonly letters: number;
}

const UNKNOWN: BoxSize = { widthPx: 0, heightPx: 0, letters: 0 };

/** Returns the inner size of an element, also after it has changed. */
export function useBox(element: RefObject<HTMLElement | null>): BoxSize {
  const [size, setSize] = useState(UNKNOWN);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const measure = (): void => {
      const { clientWidth: widthPx, clientHeight: heightPx } = current;
      const letters = widthPx / letterPx(current);
      setSize((known) =>
        known.widthPx === widthPx && known.heightPx === heightPx ? known : { widthPx, heightPx, letters },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return size;
}

const PROBE_LETTERS = 20;

/** Measures the unit `ch` in an element. */
function letterPx(element: HTMLElement): number {
  const probe = element.ownerDocument.createElement('span');
  probe.style.cssText = `position:absolute;visibility:hidden;width:${PROBE_LETTERS}ch`;
  element.append(probe);
  const { width } = probe.getBoundingClientRect();
  probe.remove();
  return width / PROBE_LETTERS || 1;
}
