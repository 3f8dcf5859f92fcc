import type { WatchJson, WatchRequestJson } from '../../live/wire/index.js';
import { ProblemError } from '../client/index.js';
import type { Page } from './page.js';

const INTERVAL_MS = 1;
const FOR_SEC = 60;

/** Begins to read a connection each millisecond for a minute, and says so; or says why not. */
export async function watchConnection(page: Page, id: string): Promise<void> {
  const request: WatchRequestJson = { id, intervalMs: INTERVAL_MS, forSec: FOR_SEC };
  try {
    const { until } = await page.api.post<WatchJson>('/watches', request);
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
