import { unlinkSync } from 'node:fs';

/** Files that exist for a moment only, so that a signal in that moment does not leave them behind. */
export class Traces {
  readonly #paths = new Set<string>();

  /** A file is going to be made. */
  add(path: string): void {
    this.#paths.add(path);
  }

  /** It is gone. */
  removed(path: string): void {
    this.#paths.delete(path);
  }

  /** Removes what is left. */
  removeAll(): void {
    for (const path of this.#paths) {
      try {
        unlinkSync(path);
      } catch {
        // It was not yet made, or is gone already; and nobody is left who could be told.
      }
    }
    this.#paths.clear();
  }
}
