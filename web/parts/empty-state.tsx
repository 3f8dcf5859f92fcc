import type { ComponentChildren, JSX } from 'preact';

/** Props of {@link EmptyState}. */
export interface EmptyStateProps {
  /** Sentence that says what is: `No connection matches.` */
  readonly title: string;
  /** Advice: the next step of the user. */
  readonly children?: ComponentChildren;
  /** Buttons. */
  readonly actions?: ComponentChildren;
  /** True for a failure: screen readers read it out at once. */
  readonly isAlert?: boolean;
}

/** Says why there is nothing to see, and what to do. */
export function EmptyState({ title, children, actions, isAlert = false }: EmptyStateProps): JSX.Element {
  return (
    <div class="empty-state" role={isAlert ? 'alert' : 'status'}>
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <div class="empty-text">{children}</div>}
      {actions === undefined ? null : <div class="empty-actions">{actions}</div>}
    </div>
  );
}
