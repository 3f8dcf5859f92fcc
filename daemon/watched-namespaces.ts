import type { Netns } from '../parse/index.js';

/** Network namespaces that are recorded besides the collector's own. */
export class WatchedNamespaces {
  readonly #files = new Map<Netns, number>();

  /** Adds a namespace that will be recorded. `fd` is an open file of it, valid until {@link left}. */
  entered(netns: Netns, fd: number): void {
    this.#files.set(netns, fd);
  }

  /** Forgets a namespace that is no longer recorded. */
  left(netns: Netns): void {
    this.#files.delete(netns);
  }

  /**
   * Returns a namespace by its name or its inode. Its file is open until the end of this turn of the event loop; later it
   * may be another one.
   */
  find(text: string): { readonly netns: Netns; readonly fd: number } | undefined {
    for (const [netns, fd] of this.#files) {
      if (netns.name === text || String(netns.inode) === text) return { netns, fd };
    }
    return undefined;
  }
}
