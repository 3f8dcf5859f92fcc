import type { JSX } from 'preact';
import type { ProblemJson } from '../../live/wire/index.js';
import { adviceFor } from './advice.js';
import { EmptyState } from './empty-state.js';

/** Props of {@link ProblemState}. */
export interface ProblemStateProps {
  readonly problem: ProblemJson;
  /** Asks again. */
  readonly onRetry?: () => void;
}

/** Says what a request was refused for, and what to do. */
export function ProblemState({ problem, onRetry }: ProblemStateProps): JSX.Element {
  const { detail } = problem;
  return (
    <EmptyState
      isAlert
      title={`${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}`}
      actions={
        onRetry === undefined ? undefined : (
          <button type="button" class="button" onClick={onRetry}>
            Try again
          </button>
        )
      }
    >
      {adviceFor(problem)}
    </EmptyState>
  );
}
