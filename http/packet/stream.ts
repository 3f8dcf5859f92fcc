/** A segment that came before the bytes in front of it; owned by its stream. */
export interface HeldSegment {
  sequence: number;
  /** Length as it travelled. */
  length: number;
  /** What was captured of it, from its start. */
  readonly bytes: Uint8Array;
  /** Time at the tap, as the caller counts. */
  readonly time: number;
  /** Acknowledgment number of the segment. */
  readonly acknowledgment: number;
  /** Whether a segment began here, or the rest of one that overlapped others. */
  readonly begins: boolean;
  next: HeldSegment | null;
}

/** One direction of a connection: which byte is expected, and what came before it. Sequence numbers are signed. */
export class Stream {
  /** Whether `next` is known. */
  known = false;
  /** Sequence number of the next byte expected. */
  next = 0;
  /** Sequence number behind the last byte, once a FIN was seen. */
  finAt = 0;
  finSeen = false;
  /** Acknowledgment number of the segment whose bytes are delivered now. */
  acknowledgment = 0;
  /** Whether all bytes up to the FIN were delivered. */
  finished = false;
  /** Segments ahead, by sequence number, without overlaps. */
  held: HeldSegment | null = null;
  heldBytes = 0;
  /** Since when something is missing; valid while `waiting`. */
  waitingSince = 0;
  waiting = false;
  /** Neighbours in the reassembler's list of waiting streams. */
  earlier: Stream | null = null;
  later: Stream | null = null;
  /** Number of the last loss noted in the reassembler when this stream last delivered. */
  losses = 0;
}
