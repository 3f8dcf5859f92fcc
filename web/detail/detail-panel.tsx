import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** One connection: charts over time, and all its facts. */
export function DetailPanel({ page, id }: { readonly page: Page; readonly id: string }): JSX.Element {
  return <section aria-label={`Connection ${id}`}>{page.status?.host}</section>;
}
