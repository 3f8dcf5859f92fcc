import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** Strip with all connections together over the last minutes; a brush chooses a time. */
export function OverviewStrip({ page }: { readonly page: Page }): JSX.Element {
  return <section aria-label="Overview">{page.status?.host}</section>;
}
