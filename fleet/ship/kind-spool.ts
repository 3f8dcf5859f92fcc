import { readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  compareSegments,
  parseSegmentName,
  type SegmentName,
  type StreamKind,
  segmentName,
} from '../../live/stream/index.js';
import { ShipError } from './ship-error.js';
import { type SpoolFrame, SpoolSegment } from './spool-segment.js';

/** Options of {@link KindSpool}. */
export interface KindSpoolOptions {
  readonly folder: string;
  readonly kind: StreamKind;
  /** First frame that is not acknowledged, by start of the collector. */
  readonly positions: Readonly<Record<string, number>>;
  /** Called with the number of frames that were deleted before they were sent. */
  readonly onGap: (frames: number) => void;
  /** Called with a segment that was set aside because a part of it cannot be read. */
  readonly onDamaged: (path: string) => void;
}

/** Segments of one kind: frames in their order, and files that are deleted when all of them are acknowledged. */
export class KindSpool {
  readonly #options: KindSpoolOptions;
  readonly #folder: string;
  /** Next expected frame by start: what is missing below a segment's first frame was deleted. */
  readonly #expected: Map<string, number>;
  readonly #from: ReadonlyMap<string, number>;
  /** In their order. */
  #segments: SpoolSegment[] = [];

  constructor(options: KindSpoolOptions) {
    this.#options = options;
    this.#folder = join(options.folder, options.kind);
    this.#from = new Map(Object.entries(options.positions));
    this.#expected = new Map(this.#from);
  }

  /** First frame that is not acknowledged, by start: of those with files, and of the latest. */
  get positions(): Record<string, number> {
    const positions: Record<string, number> = {};
    const latest = [...this.#expected].at(-1);
    if (latest !== undefined) positions[latest[0]] = this.lowOf(latest[0]);
    for (const segment of this.#segments) {
      if (!(segment.epoch in positions)) positions[segment.epoch] = this.lowOf(segment.epoch);
    }
    return positions;
  }

  /** Bytes of frames that are not acknowledged. */
  get backlogBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.backlogBytes, 0);
  }

  /** Time at which the oldest segment with frames to send was last written, milliseconds since 1970. */
  get oldestMs(): number | undefined {
    return this.#segments.find(({ backlogBytes }) => backlogBytes > 0)?.writtenMs;
  }

  /** True if there is a segment to delete. */
  get hasDone(): boolean {
    return this.#segments.some(({ isDone, isOpen }) => isDone && !isOpen);
  }

  /** Looks for new segments. @throws ShipError */
  async look(): Promise<void> {
    const known = new Map(this.#segments.map((segment) => [keyOf(segment), segment]));
    const found: SpoolSegment[] = [];
    for (const place of await this.#names()) {
      const path = join(this.#folder, place.name);
      const segment = known.get(keyOf(place)) ?? new SpoolSegment(this.#options.kind, place, path);
      known.delete(keyOf(place));
      if (await this.#find(segment, place.isOpen)) found.push(segment);
    }
    // A list may lack a file that got its name meanwhile.
    for (const segment of known.values()) if (await this.#find(segment, segment.isOpen)) found.push(segment);
    this.#segments = found.sort(compareSegments);
    for (const segment of found) segment.looks++;
  }

  /** Deletes segments that are done, and sets damaged ones aside. @throws ShipError */
  async clean(): Promise<void> {
    for (const segment of this.#segments) if (segment.isDone && !segment.isOpen) await this.#remove(segment);
  }

  /** Returns the next frame to send; undefined if nothing can be sent at the moment. @throws ShipError */
  async take(): Promise<SpoolFrame | undefined> {
    /** Starts with an earlier segment that has to be read on first. */
    const waiting = new Set<string>();
    for (const segment of this.#segments) {
      const { epoch } = segment;
      if (waiting.has(epoch)) continue;
      if (!this.#isNext(segment)) {
        waiting.add(epoch);
        continue;
      }
      const frame = await this.#takeFrom(segment);
      if (frame !== undefined) return frame;
      if (!segment.isRead) waiting.add(epoch);
    }
    return undefined;
  }

  async #takeFrom(segment: SpoolSegment): Promise<SpoolFrame | undefined> {
    try {
      const frame = await segment.take(this.#from.get(segment.epoch) ?? 0);
      if (frame !== undefined) this.#passed(frame);
      return frame;
    } catch (error) {
      // It got its name, or the collector deleted it to stay within its bound: the next look shows which.
      if (isAbsent(error)) return undefined;
      throw new ShipError('read', segment.path, error);
    }
  }

  /**
   * Returns whether frames of a segment may be sent: those before it were, or are gone. A file is renamed once, so a
   * list may lack it once; it is there in the next one, or deleted. A reader takes for lost what is sent too late.
   */
  #isNext({ epoch, first, looks }: SpoolSegment): boolean {
    return first <= (this.#expected.get(epoch) ?? 0) || looks > 1;
  }

  /** Returns the first frame of a start that is not acknowledged. */
  lowOf(epoch: string): number {
    const segments = this.#segments.filter((segment) => segment.epoch === epoch);
    const low = segments.find(({ isDone }) => !isDone)?.low ?? segments.at(-1)?.next ?? this.#expected.get(epoch) ?? 0;
    return Math.max(low, this.#from.get(epoch) ?? 0);
  }

  #passed({ epoch, number }: SpoolFrame): void {
    const missing = number - (this.#expected.get(epoch) ?? number);
    if (missing > 0) this.#options.onGap(missing);
    this.#expected.set(epoch, number + 1);
  }

  /** Finds the file of a segment, and takes its size. Returns false if it was deleted. @throws ShipError */
  async #find(segment: SpoolSegment, isOpen: boolean): Promise<boolean> {
    // It may have got its name since it was listed, never the other way round.
    for (const each of isOpen ? [true, false] : [false]) {
      const path = join(this.#folder, segmentName({ epoch: segment.epoch, first: segment.first, isOpen: each }));
      try {
        const { size, mtimeMs } = await stat(path);
        Object.assign(segment, { path, size, isOpen: each, writtenMs: mtimeMs });
        return true;
      } catch (error) {
        if (!isAbsent(error)) throw new ShipError('read', path, error);
      }
    }
    return false;
  }

  async #remove(segment: SpoolSegment): Promise<void> {
    const { path, isDamaged } = segment;
    try {
      if (isDamaged) await rename(path, `${path}.bad`);
      else await unlink(path);
    } catch (error) {
      if (!isAbsent(error)) throw new ShipError(isDamaged ? 'set aside' : 'delete', path, error);
    }
    if (isDamaged) this.#options.onDamaged(`${path}.bad`);
    this.#segments = this.#segments.filter((each) => each !== segment);
  }

  async #names(): Promise<(SegmentName & { readonly name: string })[]> {
    try {
      const names = await readdir(this.#folder);
      return names.flatMap((name) => {
        const place = parseSegmentName(name);
        return place === undefined ? [] : [{ ...place, name }];
      });
    } catch (error) {
      // The collector makes it at its start.
      if (isAbsent(error)) return [];
      throw new ShipError('list', this.#folder, error);
    }
  }
}

function keyOf({ epoch, first }: Pick<SegmentName, 'epoch' | 'first'>): string {
  return `${epoch}.${first}`;
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';
}
