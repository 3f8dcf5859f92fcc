import type { JSX } from 'preact';
import { Swatch } from '../charts/index.js';
import { type ConnectionWatch, DetailState, rowName, useConnection, Verdict } from '../detail/index.js';
import type { Page } from '../state/index.js';
import { CompareCharts } from './compare-charts.js';
import { CompareFacts } from './compare-facts.js';
import { LOOKS, NAMES } from './compare-model.js';

/** Props of {@link ComparePanel}. */
export interface ComparePanelProps {
  readonly page: Page;
  /** Keys of both connections. */
  readonly ids: readonly [string, string];
}

/** Two connections on one axis of time, and their facts side by side. */
export function ComparePanel({ page, ids }: ComparePanelProps): JSX.Element | null {
  const [a, b] = ids;
  const first = useConnection(page, a);
  const second = useConnection(page, b);
  if (first === undefined || second === undefined) return null;
  const both = [first, second] as const;
  const rows = [first.answer, second.answer] as const;
  return (
    <section class="detail compare" aria-label="Comparison of two connections">
      <header class="detail-head">
        <h2>Comparison</h2>
        <div class="detail-buttons">
          <button type="button" class="button" onClick={() => page.go({ key: b, compare: a })}>
            Swap
          </button>
          <button
            type="button"
            class="button"
            aria-label="Esc: end the comparison"
            onClick={() => page.go({ compare: '' })}
          >
            Esc
          </button>
        </div>
      </header>
      <div class="compare-sides">
        {both.map((watch, i) => (
          <Side
            key={NAMES[i]}
            page={page}
            index={i}
            id={ids[i] ?? ''}
            watch={watch}
            onChoose={(key) => page.go(i === 0 ? { key } : { compare: key }, 'replace')}
          />
        ))}
      </div>
      {rows[0] === undefined || rows[1] === undefined ? null : (
        <>
          <CompareCharts page={page} watches={both} />
          <CompareFacts page={page} rows={[rows[0], rows[1]]} />
        </>
      )}
    </section>
  );
}

interface SideProps {
  readonly page: Page;
  readonly index: number;
  readonly id: string;
  readonly watch: ConnectionWatch;
  readonly onChoose: (key: string) => void;
}

/** Name, state and verdict of one of the connections. */
function Side({ page, index, id, watch, onChoose }: SideProps): JSX.Element {
  const look = LOOKS[index] ?? LOOKS[0];
  const { answer, words } = watch;
  return (
    <section aria-label={`Connection ${NAMES[index]}`}>
      <h3>
        <Swatch colour={look.colour} dash={look.dash} theme={page.theme} /> {NAMES[index]}{' '}
        <button type="button" class="link" onClick={() => page.go({ key: id, compare: '' })}>
          {answer === undefined ? id : rowName(answer, page.look)}
        </button>
      </h3>
      <DetailState page={page} watch={watch} onChoose={onChoose} />
      {words === undefined ? null : <Verdict words={words} />}
    </section>
  );
}
