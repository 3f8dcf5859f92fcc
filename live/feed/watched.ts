import type { ScanObserver } from '../../collector/index.js';
import type { Netns } from '../../parse/index.js';

/** Network namespaces that had a complete scan: connections that are new after it began while they were watched. */
export class WatchedNamespaces implements ScanObserver {
  readonly #watched = new Set<Netns | undefined>();

  /** Returns true when new connections of a network namespace began while it was watched. */
  has(netns: Netns | undefined): boolean {
    return this.#watched.has(netns);
  }

  scanned(_endNs: bigint, netns?: Netns): void {
    this.#watched.add(netns);
  }

  left(netns: Netns): void {
    this.#watched.delete(netns);
  }

  finish(): void {
    this.#watched.clear();
  }
}
