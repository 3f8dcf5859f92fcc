import type { JSX } from 'preact';
import { formatCount } from '../../view/chart/index.js';
import { ageText, CLOSED_WORDS, GROUPINGS } from '../../view/rows/index.js';
import { Menu, useNow } from '../parts/index.js';
import type { Page } from '../state/index.js';
import type { FilterFault } from './filter-check.js';
import { FilterLine } from './filter-line.js';
import type { TableActions } from './table-actions.js';

const CLOSED_NAMES = { true: 'shown', false: 'hidden', only: 'only' } as const;

/** Props of {@link TableBar}. */
export interface TableBarProps {
  readonly page: Page;
  /** Error in the filter that is applied. */
  readonly fault: FilterFault | undefined;
  /** Rows that the filter has chosen, of all. */
  readonly matched: number;
  readonly total: number;
  /** Time since which the order is held, milliseconds; undefined while it follows the source. */
  readonly heldSinceMs: number | undefined;
  readonly actions: TableActions;
  /** True if a row is marked for comparison. */
  readonly isMarked: boolean;
  /** Called when the filter is applied by Enter. */
  readonly onDone: () => void;
}

/** Bar above the table: filter, numbers of rows, and buttons. */
export function TableBar(props: TableBarProps): JSX.Element {
  const { page, fault, matched, total, heldSinceMs, actions, isMarked, onDone } = props;
  const { place, go } = page;
  return (
    <div class="table-bar">
      <FilterLine page={page} fault={fault} onDone={onDone} />
      <div class="table-state">
        <span class="matched">
          {formatCount(matched)} of {formatCount(total)}
        </span>
        {heldSinceMs === undefined ? null : <HeldButton sinceMs={heldSinceMs} onReorder={actions.toggleHold} />}
      </div>
      <div class="table-buttons">
        <button type="button" class="button" onClick={actions.chooseColumns}>
          Columns
        </button>
        <Menu
          label="Group: none ▾"
          items={GROUPINGS.map(({ by, name }) => ({ label: name, run: () => go({ tab: 'groups', group: by }) }))}
        />
        <Menu
          label={`closed: ${CLOSED_NAMES[place.closed]} ▾`}
          items={(['true', 'false', 'only'] as const).map((closed) => ({
            label: CLOSED_WORDS[closed],
            kind: 'radio',
            isChecked: closed === place.closed,
            run: () => go({ closed }),
          }))}
        />
        <button
          type="button"
          class="button"
          aria-pressed={isMarked}
          disabled={!actions.hasSelection}
          onClick={actions.compare}
        >
          {!isMarked && place.key === '' ? 'Mark to compare' : 'Compare'}
        </button>
      </div>
    </div>
  );
}

/** Says how old the order is, and orders the rows anew. */
function HeldButton({ sinceMs, onReorder }: { readonly sinceMs: number; readonly onReorder: () => void }): JSX.Element {
  const now = useNow(1000);
  return (
    <button type="button" class="button held" onClick={onReorder} title="Order the rows again (o)">
      order {ageText(Math.max(0, now - sinceMs) * 1000)} old · <kbd>o</kbd>
    </button>
  );
}
