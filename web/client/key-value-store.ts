/** Small store of texts in the browser. What it cannot keep is lost at a reload, and nothing else. */
export interface KeyValueStore {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** Part of the browser's `Storage` that is used. */
interface BrowserStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Returns a store over the browser's. Browsers throw where storage is forbidden or full, already when it is named: then
 * values live as long as the page.
 */
export function browserStore(open: () => BrowserStorage): KeyValueStore {
  const own = new Map<string, string>();
  const attempt = <T>(act: (storage: BrowserStorage) => T): T | undefined => {
    try {
      return act(open());
    } catch {
      // Forbidden or full: `own` has the value.
      return undefined;
    }
  };
  return {
    get: (key) => own.get(key) ?? attempt((storage) => storage.getItem(key)) ?? undefined,
    set: (key, value) => {
      own.set(key, value);
      attempt((storage) => storage.setItem(key, value));
    },
    remove: (key) => {
      own.delete(key);
      attempt((storage) => storage.removeItem(key));
    },
  };
}
