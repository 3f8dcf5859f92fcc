import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** Two connections on one axis of time. */
export function ComparePanel({ page, ids }: { readonly page: Page; readonly ids: readonly string[] }): JSX.Element {
  return <section aria-label={`Comparison of ${ids.join(' and ')}`}>{page.status?.host}</section>;
}
