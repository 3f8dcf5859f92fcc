/** Kinds of frames of the stream: c, ended connections; o, open ones; l, losses; s, snapshots. */
export const FRAME_KINDS = ['c', 'o', 'l', 's'] as const;
/** One of {@link FRAME_KINDS}. */
export type FrameKindLabel = (typeof FRAME_KINDS)[number];
