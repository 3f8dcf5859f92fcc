import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** Table of connections. */
export function ConnectionsTab({ page }: { readonly page: Page }): JSX.Element {
  return <section aria-label="Connections">{page.status?.host}</section>;
}
