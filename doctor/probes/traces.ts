import { unlinkSync } from 'node:fs';

/** Files that exist for a moment only; a signal in that moment removes them. */
export class Traces {
  readonly #paths = new Set<string>();

  /** Registers a file before it is made. */
  add(path: string): void {
    this.#paths.add(path);
  }

  /** Forgets a removed file. */
  removed(path: string): void {
    this.#paths.delete(path);
  }

  /** Removes all registered files. */
  removeAll(): void {
    for (const path of this.#paths) {
      try {
        unlinkSync(path);
      } catch {
        // Not made yet, or removed already; the process ends, so there is no report.
      }
    }
    this.#paths.clear();
  }
}
