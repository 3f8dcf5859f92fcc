import type { JSX } from 'preact';
import { EmptyState, ProblemState } from '../parts/index.js';
import type { Shell } from '../state/index.js';

/** Props of {@link StartState}. */
export interface StartStateProps {
  readonly shell: Shell;
  readonly onRetry: () => void;
}

/** State before the first answer of the collector. */
export function StartState({ shell: { lost, refused }, onRetry }: StartStateProps): JSX.Element {
  return (
    <main class="start">
      {refused !== undefined ? (
        <ProblemState problem={refused} onRetry={onRetry} />
      ) : lost === undefined ? (
        <EmptyState title="Asking the collector …" />
      ) : (
        <EmptyState
          isAlert
          title="The collector does not answer."
          actions={
            <button type="button" class="button" onClick={onRetry}>
              Try again now
            </button>
          }
        >
          Check that it runs with -live and that the way to it is open, such as an ssh tunnel. The page tries again by
          itself.
        </EmptyState>
      )}
    </main>
  );
}
