import type { Page } from './page.js';

/** Returns whether recordings can be asked for here: not in archives, nor with -live.read-only. */
export function canRecord({ status }: Pick<Page, 'status'>): boolean {
  return status?.mode === 'live' && !status.readOnly;
}
