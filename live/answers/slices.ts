/** Clock and scheduler of work that is done in slices. */
export interface Slicing {
  /** Time that grows evenly, milliseconds. */
  readonly elapsedMs: () => number;
  /** Schedules the next slice. */
  readonly later: (work: () => void) => void;
  /** Longest slice, milliseconds. */
  readonly sliceMs: number;
}

/** Work in steps of a few microseconds each; its result is that of the generator. */
export type SlicedWork<T> = Generator<void, T, undefined>;

/** Does work in slices, so that other work runs in between. Rejects with the error that the work throws. */
export function inSlices<T>(work: SlicedWork<T>, { elapsedMs, later, sliceMs }: Slicing): Promise<T> {
  return new Promise((resolve, reject) => {
    const slice = () => {
      const endMs = elapsedMs() + sliceMs;
      try {
        for (;;) {
          const step = work.next();
          if (step.done === true) {
            resolve(step.value);
            return;
          }
          if (elapsedMs() >= endMs) break;
        }
      } catch (error) {
        reject(error);
        return;
      }
      later(slice);
    };
    slice();
  });
}
