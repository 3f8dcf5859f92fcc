import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** Watched services. */
export function ServicesTab({ page }: { readonly page: Page }): JSX.Element {
  return <section aria-label="Services">{page.status?.host}</section>;
}
