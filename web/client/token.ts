import type { KeyValueStore } from './key-value-store.js';

const KEY = 'tcp-info.token';

/** Token of the API. It lasts as long as the browser's tab, and is never part of an address. */
export class Token {
  #value: string | undefined;
  readonly #store: KeyValueStore | undefined;

  /** @param store place that survives a reload; without one the token is lost then */
  constructor(store: KeyValueStore | undefined) {
    this.#store = store;
    this.#value = store?.get(KEY) || undefined;
  }

  get value(): string | undefined {
    return this.#value;
  }

  set(value: string): void {
    this.#value = value;
    this.#store?.set(KEY, value);
  }
}

/** Returns what `#token=…` says, and the rest of the fragment without it. */
export function splitToken(hash: string): { readonly token: string | undefined; readonly rest: string } {
  const parts = hash.replace(/^#/, '').split('&');
  const isToken = (part: string): boolean => part.startsWith('token=');
  const found = parts.findLast(isToken);
  const rest = parts.filter((part) => !isToken(part)).join('&');
  return { token: found === undefined ? undefined : decode(found.slice('token='.length)) || undefined, rest };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // No encoded text: the token itself may contain a percent sign.
    return text;
  }
}
