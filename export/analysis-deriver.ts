import { Deriver, newObservation, observe } from '../analysis/index.js';
import type { RowDeriver } from './pipeline.js';

/** Derives what analysis/ knows to derive. */
export function analysisDeriver(): RowDeriver {
  const deriver = new Deriver();
  const observation = newObservation();
  return {
    next: ({ view }) => deriver.next(observe(view, observation)),
    reset: () => deriver.reset(),
  };
}
