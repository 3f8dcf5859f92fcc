import type { JSX } from 'preact';
import type { SummaryJson } from '../../live/wire/index.js';
import { formatQuantity, formatThings } from '../../view/chart/index.js';
import { endpoints } from '../../view/words/index.js';
import { chosenFilter, withCondition } from '../brush/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';
import './summary.css';

/** Times between two questions to a live collector, which has to walk all rows for the answer: few, and many. */
const [FEW_MS, MANY_MS] = [2000, 10_000];
/** Rows from which on they are many. */
const MANY = 200;
/** Condition and order of the slow connections: those of the list of `tcp-info summary`. */
const SLOW = 'is:slow';
const SLOWEST_FIRST = 'connection.atWorkGoodputBytesPerSec';

/** Props of {@link SummaryPart}. */
export interface SummaryPartProps {
  readonly page: Page;
  /** Called when a button of it has led elsewhere and may be gone: the keys go to the table then. */
  readonly onLeft: () => void;
}

/** Says what held the chosen connections up, and leads to those that were slow. */
export function SummaryPart({ page, onLeft }: SummaryPartProps): JSX.Element | null {
  const { place, status } = page;
  const mode = status?.mode ?? 'live';
  const filter = chosenFilter(place, mode);
  const parameters = { filter: filter === '' ? undefined : filter, closed: place.closed };
  const isMany = (status?.open ?? 0) + (status?.closed ?? 0) >= MANY;
  const everyMs = mode === 'archive' ? undefined : isMany ? MANY_MS : FEW_MS;
  const { value, isStale } = usePolled<SummaryJson>(page, '/summary', parameters, everyMs);
  // Without connections the table says what to do. Errors in the filter are told beside it.
  if (value === undefined || value.connections === 0) return null;
  const { verdict, evidence, nextStep, slow, worst } = value;
  const lead = (change: Parameters<Page['go']>[0]): void => {
    page.go(change);
    onLeft();
  };
  const isSlowShown = place.filter.includes(SLOW);
  return (
    <section class={isStale ? 'summary is-stale' : 'summary'} aria-label="Summary">
      <p class="summary-verdict">{verdict}</p>
      <p class="summary-evidence faint">Evidence: {evidence}.</p>
      <div class="summary-steps">
        {worst === null ? (
          <span>{nextStep}</span>
        ) : (
          <button type="button" class="button" onClick={() => lead({ key: worst.key, compare: '' })}>
            Look at the one that lost the most time to it, {formatQuantity(worst.us, 'duration')}: {endpoints(worst)}
          </button>
        )}
        {slow === 0 ? (
          <span class="faint">None was slow by itself.</span>
        ) : isSlowShown ? null : (
          <button
            type="button"
            class="button"
            onClick={() => lead({ filter: withCondition(place.filter, SLOW), sort: SLOWEST_FIRST, closed: 'true' })}
          >
            {formatThings(slow, 'slow connection')}, the slowest first
          </button>
        )}
      </div>
    </section>
  );
}
