import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const TIP_ID = 'tip';
/** Time that the pointer may take from its anchor to the tooltip. */
const LEAVE_MS = 150;
const GAP = 6;

interface Tip {
  readonly anchor: Element;
  readonly content: ComponentChildren;
}

let tip: Tip | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function show(next: Tip | undefined): void {
  clearTimeout(timer);
  if (tip?.anchor === next?.anchor) return;
  tip?.anchor.removeAttribute('aria-describedby');
  tip = next;
  tip?.anchor.setAttribute('aria-describedby', TIP_ID);
  for (const listener of listeners) listener();
}

function hideSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => show(undefined), LEAVE_MS);
}

/** Hides the tooltip. Returns whether there was one: Escape does nothing else then. */
export function hideTooltip(): boolean {
  const wasShown = tip !== undefined;
  show(undefined);
  return wasShown;
}

/** Part of an event that says to which element it belongs. */
interface OnElement {
  readonly currentTarget: EventTarget | null;
}

/** Handlers that show a tooltip for an element while the pointer is over it or it has the focus. */
export interface TooltipHandlers {
  onMouseEnter?(event: OnElement): void;
  onMouseLeave?(): void;
  onFocus?(event: OnElement): void;
  onBlur?(): void;
}

/** Returns handlers to spread on an element, such as a button, that has a tooltip. */
export function tooltip(content: () => ComponentChildren): TooltipHandlers {
  const begin = ({ currentTarget }: OnElement): void => {
    if (currentTarget instanceof Element) show({ anchor: currentTarget, content: content() });
  };
  return { onMouseEnter: begin, onMouseLeave: hideSoon, onFocus: begin, onBlur: () => show(undefined) };
}

/** Place of the tooltip: one for the page, above everything, so that no box cuts it. */
export function TooltipLayer(): JSX.Element | null {
  const [current, setCurrent] = useState(tip);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const changed = (): void => setCurrent(tip);
    const scrolled = (): void => {
      // An element that gets the focus is scrolled into view: its tooltip goes with it.
      if (tip !== undefined && tip.anchor === document.activeElement) setCurrent({ ...tip });
      else show(undefined);
    };
    listeners.add(changed);
    window.addEventListener('scroll', scrolled, { capture: true, passive: true });
    return () => {
      listeners.delete(changed);
      window.removeEventListener('scroll', scrolled, { capture: true });
    };
  }, []);
  useLayoutEffect(() => {
    if (current === undefined || box.current === null) return;
    const { left, top, bottom } = current.anchor.getBoundingClientRect();
    const { offsetWidth, offsetHeight, style } = box.current;
    const isBelow = bottom + GAP + offsetHeight <= window.innerHeight;
    style.left = `${Math.max(GAP, Math.min(left, window.innerWidth - offsetWidth - GAP))}px`;
    style.top = `${Math.max(GAP, isBelow ? bottom + GAP : top - GAP - offsetHeight)}px`;
  }, [current]);
  if (current === undefined) return null;
  return (
    <div
      class="tooltip"
      role="tooltip"
      id={TIP_ID}
      ref={box}
      onMouseEnter={() => clearTimeout(timer)}
      onMouseLeave={hideSoon}
    >
      {current.content}
    </div>
  );
}
