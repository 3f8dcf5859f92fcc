import type { ConnectionAnswerJson, WatchJson, WatchRequestJson } from '../../live/wire/index.js';
import { ProblemError } from '../client/index.js';
import type { Page } from './page.js';

const INTERVAL_MS = 1;
const FOR_SEC = 60;

/**
 * Ends the watches that name a connection. Without one, begins to read it each millisecond for a minute. Says what was
 * done, or why it was not.
 */
export async function toggleWatch(page: Page, id: string): Promise<void> {
  const { api } = page;
  try {
    const { watch } = await api.get<ConnectionAnswerJson>(`/connections/${encodeURIComponent(id)}`);
    const named = watch?.named ?? [];
    for (const number of named) await api.delete(`/watches/${encodeURIComponent(number)}`);
    if (named.length > 0) return page.say('The watch has ended.');
    const request: WatchRequestJson = { id, intervalMs: INTERVAL_MS, forSec: FOR_SEC };
    const { until } = await api.post<WatchJson>('/watches', request);
    const end = until === null ? '' : ` until ${new Date(until).toLocaleTimeString()}`;
    page.say(`Every millisecond of the connection is read${end}.`);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    page.say(`It is not watched: ${error.message}`);
  }
}

/** Returns whether connections can be watched here: not in archives, in a frozen copy, or with -live.read-only. */
export function canWatch({ status, frozen }: Page): boolean {
  return status?.mode === 'live' && !status.readOnly && frozen === undefined;
}
