import { formatThings } from '../../../view/chart/index.js';
import { EXIT_INCOMPLETE, EXIT_OK } from '../../flags/exit-codes.js';
import type { Say } from './run-action.js';

/** Returns the exit code after a number of events were lost. */
export function reportLoss(lost: number, say: Say): number {
  if (lost === 0) return EXIT_OK;
  say(`${formatThings(lost, 'event')} lost: give a larger --buffer, or fewer --events`);
  return EXIT_INCOMPLETE;
}
