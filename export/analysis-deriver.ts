import { Deriver, newObservation, observe } from '../analysis/index.js';
import type { RowDeriver } from './pipeline.js';

/** Creates a deriver of all values that analysis/ defines. */
export function analysisDeriver(): RowDeriver {
  const deriver = new Deriver();
  const observation = newObservation();
  return {
    next: ({ view }) => deriver.next(observe(view, observation)),
    reset: () => deriver.reset(),
  };
}
