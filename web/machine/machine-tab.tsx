import type { JSX } from 'preact';
import type { Page } from '../state/index.js';

/** The collector: its state, its memory, and what it cannot know. */
export function MachineTab({ page }: { readonly page: Page }): JSX.Element {
  return <section aria-label="Machine">{page.status?.host}</section>;
}
