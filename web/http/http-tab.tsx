import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** Hosts of HTTP exchanges. */
export function HttpTab({ page }: { readonly page: Page }): JSX.Element {
  return <section aria-label="HTTP">{page.status?.host}</section>;
}
