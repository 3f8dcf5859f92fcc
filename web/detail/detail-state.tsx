import type { JSX } from 'preact';
import { endText } from '../../view/rows/index.js';
import { EmptyState, ProblemState, useNow } from '../parts/index.js';
import type { Page } from '../state/index.js';
import type { ConnectionWatch } from './connection-watch.js';

/** Props of {@link DetailState}. */
export interface DetailStateProps {
  readonly page: Page;
  readonly watch: ConnectionWatch;
  /** Shows another connection instead. */
  readonly onChoose: (key: string) => void;
}

/** Says what state a connection is in, when it is not simply live; and what to do. */
export function DetailState({ page, watch, onChoose }: DetailStateProps): JSX.Element | null {
  const { phase, answer } = watch;
  const nowMs = useNow(1000, phase.kind === 'closed' || phase.kind === 'lost');
  switch (phase.kind) {
    case 'live':
      return null;
    case 'loading':
      return answer === undefined ? <p class="detail-note">Reading the connection …</p> : null;
    case 'frozen':
      return null;
    case 'lost':
      return (
        <p class="detail-note warning" role="status">
          No news for {Math.round(Math.max(0, nowMs - phase.sinceMs) / 1000)} s: {phase.reason}. The page tries again;
          the last values stay.
        </p>
      );
    case 'closed':
      return answer === undefined ? null : (
        <p class="detail-note" role="status">
          {capital(endText(answer, watch.nowUs(nowMs), page.look))}
        </p>
      );
    case 'refused': {
      const { problem } = phase;
      if (problem.code !== 'ERR_SEVERAL') return <ProblemState problem={problem} onRetry={() => watch.retry()} />;
      return (
        <EmptyState
          title={`${capital(problem.detail)}.`}
          actions={(problem.matches ?? []).map((key) => (
            <button type="button" class="button" key={key} onClick={() => onChoose(key)}>
              {key}
            </button>
          ))}
        >
          Choose one of them:
        </EmptyState>
      );
    }
  }
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
