/**
 * Kinds of lines: `c` ended connections, `o` open ones, `l` losses, `s` snapshots. Each has a folder and numbers of its
 * own.
 */
export const STREAM_KINDS = ['c', 'o', 'l', 's'] as const;
/** One of {@link STREAM_KINDS}. */
export type StreamKind = (typeof STREAM_KINDS)[number];

/** Kinds that lose lines, in the order in which they do: losses themselves are never dropped. */
export const DROPPED_FIRST: readonly StreamKind[] = ['s', 'o', 'c'];

/** Version of lines and trailers. It changes when a reader of today could not read them. */
export const STREAM_VERSION = 1;
