/** Kinds of frames, as `live/stream/` has them: ended connections, open ones, losses, snapshots. */
export const FRAME_KINDS = ['c', 'o', 'l', 's'] as const;
/** One of {@link FRAME_KINDS}. */
export type FrameKind = (typeof FRAME_KINDS)[number];

/** Name of a sequence of frames: one kind of one start of one node's collector. */
export interface SequenceName {
  readonly cluster: string;
  readonly node: string;
  /** Start of the collector. */
  readonly epoch: string;
  readonly kind: FrameKind;
}

/** Name of a frame, which no other frame has. */
export interface FrameName extends SequenceName {
  /** Number of the frame in its sequence, from 0. */
  readonly frame: number;
}

const FORM = /^([^/]+)\/([^/]+)\/([^/]+)\/([cols])\/(\d{1,15})$/;

/** Returns the id of a frame's message. It is the same for every resend. */
export function messageId({ cluster, node, epoch, kind, frame }: FrameName): string {
  return `${cluster}/${node}/${epoch}/${kind}/${frame}`;
}

/** Parses the id of a frame's message; undefined for any other text. */
export function parseMessageId(id: string): FrameName | undefined {
  const [, cluster, node, epoch, letter, frame] = FORM.exec(id) ?? [];
  const kind = FRAME_KINDS.find((each) => each === letter);
  if (cluster === undefined || node === undefined || epoch === undefined || kind === undefined) return undefined;
  return { cluster, node, epoch, kind, frame: Number(frame) };
}
