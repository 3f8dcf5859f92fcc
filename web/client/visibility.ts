/** Visibility of the page: streams are closed while it is hidden. */
export interface Visibility {
  readonly isHidden: boolean;
  /** Calls the listener after each change. Returns the function that ends this. */
  onChange(listener: () => void): () => void;
}

/** Part of a document that is used. */
interface DocumentLike {
  readonly hidden: boolean;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

/** Returns the visibility of a document. */
export function documentVisibility(document: DocumentLike): Visibility {
  return {
    get isHidden() {
      return document.hidden;
    },
    onChange: (listener) => {
      document.addEventListener('visibilitychange', listener);
      return () => document.removeEventListener('visibilitychange', listener);
    },
  };
}
