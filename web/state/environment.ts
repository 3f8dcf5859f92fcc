import type { FrozenView } from '../../view/rows/expressions/index.js';
import type { ApiClient, KeyValueStore } from '../client/index.js';
import type { Page } from './page.js';

/** Value of the browser that changes. */
export interface Watched<T> {
  readonly value: T;
  /** Calls the listener after each change. */
  onChange(listener: () => void): void;
}

/** Fragment of the page's address. */
export interface AddressBar extends Watched<string> {
  /** Shows another fragment, without `#`. */
  write(hash: string, how: 'push' | 'replace'): void;
}

/** Parts of the browser that the state needs. */
export interface Environment {
  readonly api: ApiClient;
  readonly address: AddressBar;
  readonly store: KeyValueStore;
  /** True if the system prefers dark colours. */
  readonly prefersDark: Watched<boolean>;
  /** Copies the rows of the view. @throws ProblemError */
  readonly copyRows: (page: Page) => Promise<FrozenView>;
}
