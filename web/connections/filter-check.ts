import type { CompleteJson, CompletionJson, ProblemJson, ViewJson } from '../../live/wire/index.js';
import { ProblemError } from '../client/index.js';
import type { Page } from '../state/index.js';

/** Error in a filter. */
export interface FilterFault {
  /** Position in the text; undefined if the source did not say. */
  readonly at: number | undefined;
  readonly message: string;
}

/** Returns the error in a filter that a problem reports; undefined for other problems. */
export function faultOf(problem: ProblemJson | undefined): FilterFault | undefined {
  return problem?.code === 'ERR_EXPRESSION' ? { at: problem.at, message: problem.detail } : undefined;
}

/** Checks a filter: by the collector, or by the copy while the page is frozen. Returns the error; undefined without one. */
export async function checkFilter(
  { api, frozen }: Pick<Page, 'api' | 'frozen'>,
  filter: string,
  signal: AbortSignal,
): Promise<FilterFault | undefined> {
  if (filter.trim() === '') return undefined;
  if (frozen !== undefined) return faultIn(() => frozen.order(filter, undefined, 'true'));
  try {
    await api.get<ViewJson>('/connections', { filter, limit: 1, fields: 'key' }, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    // Any other problem is one of the whole page, which shows it.
    return faultOf(error.problem);
  }
}

/** Returns the error in an expression that an action reports; undefined without one. */
export function faultIn(act: () => void): FilterFault | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    // ExpressionError, whose module is loaded with the copy only.
    if (!(error instanceof Error) || error.name !== 'ExpressionError') throw error;
    return { at: (error as Error & { readonly at?: number }).at, message: error.message };
  }
}

/** Completes a filter at a position. */
export async function completeFilter(
  { api, frozen }: Pick<Page, 'api' | 'frozen'>,
  text: string,
  at: number,
  signal: AbortSignal,
): Promise<readonly CompletionJson[]> {
  if (frozen !== undefined) return frozen.complete(text, at);
  return (await api.get<CompleteJson>('/complete', { text, at }, signal)).completions;
}
