/** Size of one segment of the log's memory. */
const SEGMENT_BYTES = 64 * 1024;

interface Segment {
  readonly bytes: Buffer;
  filled: number;
  /** Number of events in the log up to the end of this segment's content. */
  events: number;
  /** The following segment. If there is one, this segment is complete. */
  next: Segment | undefined;
}

/** Whole lines, as sent to clients. */
export interface Chunk {
  readonly chunk: Uint8Array;
  readonly events: number;
}

/**
 * Lines for all clients, kept in memory only once. Each client has a reader. Segments that all readers have read are
 * freed, so the length of the log depends on the slowest client.
 */
export class EventLog {
  #tail = emptySegment(0, 0);
  #bytes = 0;

  /** Bytes appended so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Events appended so far. */
  get events(): number {
    return this.#tail.events;
  }

  /** Appends whole lines that contain `events` events. */
  append(lines: Uint8Array, events: number): void {
    if (this.#tail.filled + lines.length > this.#tail.bytes.length) {
      const next = emptySegment(Math.max(SEGMENT_BYTES, lines.length), this.#tail.events);
      this.#tail.next = next;
      this.#tail = next;
    }
    const tail = this.#tail;
    tail.bytes.set(lines, tail.filled);
    tail.filled += lines.length;
    tail.events += events;
    this.#bytes += lines.length;
  }

  /** Returns a reader of all lines that are appended from now on. */
  reader(): LogReader {
    return new LogReader(this, this.#tail);
  }

  /** Frees all memory. Must be called only without readers. */
  clear(): void {
    this.#tail = emptySegment(0, this.#tail.events);
  }
}

/** Position of one client in an {@link EventLog}. */
export class LogReader {
  readonly #log: EventLog;
  #segment: Segment;
  #offset: number;
  #bytes: number;
  #events: number;
  #takenBytes: number;
  #takenEvents: number;

  constructor(log: EventLog, tail: Segment) {
    this.#log = log;
    this.#segment = tail;
    this.#offset = tail.filled;
    this.#bytes = log.bytes;
    this.#events = log.events;
    this.#takenBytes = log.bytes;
    this.#takenEvents = log.events;
  }

  /** Returns the next lines, as many as are adjacent in memory; undefined at the end of the log. */
  next(): Chunk | undefined {
    if (this.#offset === this.#segment.filled && this.#segment.next !== undefined) {
      this.#segment = this.#segment.next;
      this.#offset = 0;
    }
    const { bytes, filled, events } = this.#segment;
    if (this.#offset === filled) return undefined;
    const chunk = bytes.subarray(this.#offset, filled);
    const chunkEvents = events - this.#events;
    this.#offset = filled;
    this.#bytes += chunk.length;
    this.#events = events;
    return { chunk, events: chunkEvents };
  }

  /** Notes that the client has received everything that was read. */
  taken(): void {
    this.#takenBytes = this.#bytes;
    this.#takenEvents = this.#events;
  }

  /** Bytes that the client has not received. */
  get waitingBytes(): number {
    return this.#log.bytes - this.#takenBytes;
  }

  /** Events that the client has not received. */
  get waitingEvents(): number {
    return this.#log.events - this.#takenEvents;
  }
}

function emptySegment(size: number, events: number): Segment {
  return { bytes: Buffer.allocUnsafeSlow(size), filled: 0, events, next: undefined };
}
