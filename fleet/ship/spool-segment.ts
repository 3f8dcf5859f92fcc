import { basename } from 'node:path';
import type { SegmentName, StreamKind } from '../../live/stream/index.js';
import { readSegment, type SegmentFrame } from './segment-reader.js';

/** Frame of the spool. */
export interface SpoolFrame extends SegmentFrame {
  readonly kind: StreamKind;
  readonly epoch: string;
  readonly number: number;
  readonly segment: SpoolSegment;
}

/** Segment of the spool, and how much of it was read and acknowledged. */
export class SpoolSegment {
  readonly kind: StreamKind;
  readonly epoch: string;
  readonly first: number;
  path: string;
  isOpen: boolean;
  /** Size at the latest look, and time of its last write; bytes and milliseconds since 1970. */
  size = 0;
  writtenMs = 0;
  /** Number of lists of the folder since it was found. */
  looks = 0;
  /** True when all of its frames were read. */
  isRead = false;
  /** True when a part of it cannot be read. */
  isDamaged = false;
  #offset = 0;
  #acknowledgedBytes = 0;
  #number: number;
  readonly #ready: SpoolFrame[] = [];
  /** Frames that were handed out and are not acknowledged, by number. */
  readonly #out = new Map<number, SpoolFrame>();

  constructor(kind: StreamKind, { epoch, first, isOpen }: SegmentName, path: string) {
    this.kind = kind;
    this.epoch = epoch;
    this.first = first;
    this.isOpen = isOpen;
    this.path = path;
    this.#number = first;
  }

  /** Name of its file. */
  get name(): string {
    return basename(this.path);
  }

  /** Number after its last frame that was read. */
  get next(): number {
    return this.#number;
  }

  /** First frame that is not acknowledged. */
  get low(): number {
    let low = this.#ready[0]?.number ?? this.#number;
    for (const number of this.#out.keys()) low = Math.min(low, number);
    return low;
  }

  /** True when nothing of it is left to be sent. */
  get isDone(): boolean {
    return this.isRead && this.#ready.length === 0 && this.#out.size === 0;
  }

  /** Bytes that are not acknowledged, about: a trailer counts. */
  get backlogBytes(): number {
    return this.isDone ? 0 : Math.max(0, this.size - this.#acknowledgedBytes);
  }

  /**
   * Returns the next frame; undefined if nothing is left, or nothing more is written yet.
   * @param from frames below were acknowledged earlier
   * @throws the system's error
   */
  async take(from: number): Promise<SpoolFrame | undefined> {
    while (this.#ready.length === 0 && !this.isRead) {
      const part = await readSegment(this.path, this.kind, this.#offset, this.isOpen);
      for (const frame of part.frames) this.#add(frame, from);
      if (part.next === 'wait') break;
      if (part.next === 'more') continue;
      this.isRead = true;
      this.isDamaged = part.next === 'damaged';
    }
    const frame = this.#ready.shift();
    if (frame !== undefined) this.#out.set(frame.number, frame);
    return frame;
  }

  /** Takes a frame for acknowledged. */
  acknowledge(frame: SpoolFrame): void {
    if (this.#out.delete(frame.number)) this.#acknowledgedBytes += frame.bytes.length;
  }

  #add(frame: SegmentFrame, from: number): void {
    const { kind, epoch } = this;
    const number = this.#number++;
    this.#offset += frame.bytes.length;
    if (number < from) this.#acknowledgedBytes += frame.bytes.length;
    else this.#ready.push({ ...frame, kind, epoch, number, segment: this });
  }
}
