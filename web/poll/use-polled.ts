import { useEffect, useRef, useState } from 'preact/hooks';
import type { ProblemJson } from '../../live/wire/index.js';
import { documentVisibility, ProblemError, type QueryParameters } from '../client/index.js';
import type { Page } from '../state/index.js';
import { Poller } from './poller.js';

/** Last answer of a route. */
export interface Polled<T> {
  /** Undefined before the first answer. */
  readonly value: T | undefined;
  /** True if the value answers an earlier question than the present one. */
  readonly isStale: boolean;
  /** Refusal of the last question; undefined after an answer. */
  readonly problem: ProblemJson | undefined;
  /** Asks at once. */
  readonly again: () => void;
}

interface State<T> {
  readonly question: string;
  readonly value: T | undefined;
  readonly problem: ProblemJson | undefined;
}

/**
 * Asks a route now and again after each answer, while the page is visible.
 * @param leastMs time between an answer and the next question, unless the user has chosen a longer one; undefined asks once
 * @param onValue called with each answer, before it is shown
 */
export function usePolled<T>(
  { api, choices }: Pick<Page, 'api' | 'choices'>,
  path: string,
  parameters: QueryParameters,
  leastMs: number | undefined,
  onValue?: (value: T) => void,
): Polled<T> {
  const everyMs = leastMs === undefined ? undefined : Math.max(leastMs, choices.everyMs);
  const question = `${path} ${JSON.stringify(parameters)}`;
  const [state, setState] = useState<State<T>>({ question, value: undefined, problem: undefined });
  const poller = useRef<Poller<T>>(undefined);
  const latest = useRef(onValue);
  latest.current = onValue;
  useEffect(() => {
    const made = new Poller<T>({
      ask: (signal) => api.get<T>(path, parameters, signal),
      everyMs,
      visibility: documentVisibility(document),
      onValue: (value) => {
        latest.current?.(value);
        setState({ question, value, problem: undefined });
      },
      onError: (error) => {
        if (!(error instanceof ProblemError)) return undefined;
        // The page says itself that the collector is lost, and the last answer stays.
        setState(({ value }) => ({ question, value, problem: error.problem }));
        return error;
      },
    });
    poller.current = made;
    return () => made.stop();
  }, [api, question, everyMs]);
  const { value, problem } = state;
  const isStale = state.question !== question;
  return { value, isStale, problem: isStale ? undefined : problem, again: () => poller.current?.again() };
}
