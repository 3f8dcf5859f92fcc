/** What goes to a thread. */
export type ToWorker =
  | { readonly kind: 'task'; readonly task: unknown }
  /** A piece has been taken: there is room for another. */
  | { readonly kind: 'taken' };

/** What comes from a thread. */
export type FromWorker =
  | { readonly kind: 'piece'; readonly piece: unknown }
  /** The task is done. */
  | { readonly kind: 'end' };

/** Pieces of a thread that nobody has taken yet, at most: it waits then. */
export const WINDOW_PIECES = 32;
