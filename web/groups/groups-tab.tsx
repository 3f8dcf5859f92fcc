import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** Groups of connections. */
export function GroupsTab({ page }: { readonly page: Page }): JSX.Element {
  return <section aria-label="Groups">{page.status?.host}</section>;
}
