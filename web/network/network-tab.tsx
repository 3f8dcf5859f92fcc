import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** The network of the machine: rates, openings, queues of listeners, local ports. */
export function NetworkTab({ page }: { readonly page: Page }): JSX.Element {
  return <section aria-label="Network">{page.status?.host}</section>;
}
