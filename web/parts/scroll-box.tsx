import type { ComponentChildren, JSX } from 'preact';

/** Props of {@link ScrollBox}. */
export interface ScrollBoxProps {
  /** Name of what is in it, for screen readers. */
  readonly label: string;
  readonly children: ComponentChildren;
}

/** Box around a table that may be wider than the page: it scrolls alone, by keys, too. */
export function ScrollBox({ label, children }: ScrollBoxProps): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keys
    // biome-ignore lint/a11y/useSemanticElements: it is no set of fields
    <div class="table-box" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
