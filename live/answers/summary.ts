import { isSlow, Summarizer, type SummaryVerdict } from '../../analysis/index.js';
import { storeSummaryAnswer } from '../../view/verdict/index.js';
import { type ConnectionStore, type StoreRow, timeText } from '../store/index.js';
import type { SummaryJson, WorstJson } from '../wire/index.js';
import type { SlicedWork } from './slices.js';
import { isChosen, type RowChoice } from './view-plan.js';

/** Rows that are summed in one step. */
const ROWS_AT_ONCE = 16;

/** Sums the chosen rows up, in steps. */
export function* summaryOf(store: ConnectionStore, choice: RowChoice): SlicedWork<SummaryJson> {
  const { generation, timeUs } = store;
  const summarizer = new Summarizer({ top: 1 });
  const chosen: StoreRow[] = [];
  let slow = 0;
  let seen = 0;
  for (const row of [...store.rows()]) {
    if (++seen % ROWS_AT_ONCE === 0) yield;
    if (!isChosen(row, choice)) continue;
    const { connection } = row;
    summarizer.add(connection);
    if (isSlow(connection)) slow++;
    chosen.push(row);
  }
  const { verdict, evidence, nextStep, finding } = storeSummaryAnswer(summarizer.summary(), store.mode === 'live');
  return {
    time: timeText(timeUs),
    generation,
    connections: chosen.length,
    slow,
    verdict,
    evidence,
    nextStep,
    worst: yield* worstOf(chosen, finding),
  };
}

/** Finds the row of the worst connection. */
function* worstOf(rows: readonly StoreRow[], { cause, worst }: SummaryVerdict): SlicedWork<WorstJson | null> {
  if (cause === null || worst === null) return null;
  for (const [i, row] of rows.entries()) {
    if (i % ROWS_AT_ONCE === 0) yield;
    // Several rows may have the UUID.
    if (row.identity.uuid !== worst.uuid || row.connection.limitedUs[cause] !== worst.us) continue;
    const { localAddress, localPort, remoteAddress, remotePort } = row.identity;
    return { key: row.key, cause, us: worst.us, localAddress, localPort, remoteAddress, remotePort };
  }
  return null;
}
