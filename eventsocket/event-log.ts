/** Size of one piece of the log's memory. */
const SEGMENT_BYTES = 64 * 1024;

interface Segment {
  readonly bytes: Buffer;
  filled: number;
  /** Events in the log up to what is filled here. */
  events: number;
  /** The piece behind this one, when there is one: this one is then complete. */
  next: Segment | undefined;
}

/** Whole lines, as they are sent. */
export interface Chunk {
  readonly chunk: Uint8Array;
  readonly events: number;
}

/**
 * Lines that are sent to every client, once in memory for all. Each client has a reader; what all readers have passed is
 * free, so that the log is as long as the slowest of them is behind.
 */
export class EventLog {
  #tail = emptySegment(0, 0);
  #bytes = 0;

  /** Bytes that were ever appended. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Events that were ever appended. */
  get events(): number {
    return this.#tail.events;
  }

  /** Appends whole lines of `events` events. */
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

  /** Reads what is appended from now on. */
  reader(): LogReader {
    return new LogReader(this, this.#tail);
  }

  /** Frees the memory of what is there, which no reader is to read any longer. */
  clear(): void {
    this.#tail = emptySegment(0, this.#tail.events);
  }
}

/** Place of one client in an {@link EventLog}. */
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

  /** The next lines, as many as lie together; undefined when there are none. */
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

  /** To be called when everything that was read has been taken by the client. */
  taken(): void {
    this.#takenBytes = this.#bytes;
    this.#takenEvents = this.#events;
  }

  /** Bytes that the client has not taken. */
  get waitingBytes(): number {
    return this.#log.bytes - this.#takenBytes;
  }

  /** Events that the client has not taken. */
  get waitingEvents(): number {
    return this.#log.events - this.#takenEvents;
  }
}

function emptySegment(size: number, events: number): Segment {
  return { bytes: Buffer.allocUnsafeSlow(size), filled: 0, events, next: undefined };
}
