/** Message to a thread. */
export type ToWorker =
  | { readonly kind: 'task'; readonly task: unknown }
  /** One of the thread's pieces was taken, so there is room for another. */
  | { readonly kind: 'taken' };

/** Message from a thread. */
export type FromWorker =
  | { readonly kind: 'piece'; readonly piece: unknown }
  /** The current task is done. */
  | { readonly kind: 'end' };

/** Maximum number of a thread's pieces that are not taken yet; then the thread waits. */
export const WINDOW_PIECES = 32;
