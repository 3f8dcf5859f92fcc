import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../log/index.js';
import type { StreamMetrics } from '../../metrics/index.js';
import { DROPPED_FIRST, STREAM_KINDS, type StreamKind } from './kinds.js';
import type { Losses } from './losses.js';
import { mendSegment } from './mend-segment.js';
import type { ClosedSegment } from './open-segment.js';
import { compareSegments, parseSegmentName, type SegmentName } from './segment-name.js';
import { readTrailer, scanSegment } from './segment-scan.js';
import { StreamError } from './stream-error.js';

/** Closed segment in the folder. */
interface Kept {
  readonly name: string;
  readonly place: SegmentName;
  readonly bytes: number;
  /** Number of its lines; undefined until it is asked for, for a segment of an earlier start. */
  readonly rows: number | undefined;
}

/** Options of {@link SegmentFolder}. */
export interface SegmentFolderOptions {
  readonly folder: string;
  /** Most bytes of all segments. */
  readonly maxBytes: number;
  readonly losses: Pick<Losses, 'add'>;
  readonly metrics: Pick<StreamMetrics, 'folderBytes' | 'segments' | 'errors'>;
  readonly log: Logger;
}

/**
 * Closed segments of the stream, of this start and earlier ones, within a bound. A program that carries segments away
 * removes them; those left beyond the bound are deleted here, the oldest of the least worth first, and counted.
 */
export class SegmentFolder {
  readonly #options: SegmentFolderOptions;
  /** Closed segments by kind, the oldest first. */
  readonly #kept = new Map<StreamKind, Kept[]>(STREAM_KINDS.map((kind) => [kind, []]));
  /** Files that are written, or could not be finished, at the latest look, bytes. */
  #namelessBytes = 0;

  constructor(options: SegmentFolderOptions) {
    this.#options = options;
  }

  /** Lists the folder, and finishes segments of earlier starts. @throws StreamError if it cannot be listed */
  async open(): Promise<void> {
    for (const kind of STREAM_KINDS) {
      const names = await this.#names(kind);
      for (const name of names) if (name.isOpen) await this.mend(kind, name);
    }
    await this.look();
  }

  /**
   * Finishes a segment that its writer could not finish, if that is possible: else the next start tries again.
   * @param writtenRows rows that were written; those that cannot be read again are counted as lost. Unknown for a
   *   segment of an earlier start
   */
  async mend(kind: StreamKind, name: SegmentName, writtenRows?: number): Promise<void> {
    const { folder, log, losses, metrics } = this.#options;
    try {
      const { rows, cutBytes } = await mendSegment(join(folder, kind), kind, name);
      log.info('stream: broken segment finished', { kind, first: name.first, rows, cut_bytes: cutBytes });
      if (writtenRows === undefined) return;
      losses.add(kind, 'disk', writtenRows - rows);
      await this.look();
    } catch (error) {
      metrics.errors.inc();
      const path = join(folder, kind);
      log.error('stream: broken segment cannot be finished', {
        error: new StreamError('write', path, error).message,
        epoch: name.epoch,
        first: name.first,
      });
    }
  }

  /** Takes a segment that is finished. */
  add({ kind, name, bytes, rows }: ClosedSegment): void {
    const place = parseSegmentName(name);
    if (place !== undefined) this.#kept.get(kind)?.push({ name, place, bytes, rows });
  }

  /** Looks which segments are left, and how large they are. @throws StreamError */
  async look(): Promise<void> {
    let namelessBytes = 0;
    for (const kind of STREAM_KINDS) {
      const known = new Map((this.#kept.get(kind) ?? []).map((each) => [each.name, each]));
      const kept: Kept[] = [];
      for (const place of await this.#names(kind)) {
        const { name } = place;
        const bytes = known.get(name)?.bytes ?? (await this.#sizeOf(kind, name));
        if (bytes === undefined) continue;
        if (place.isOpen) namelessBytes += bytes;
        else kept.push({ name, place, bytes, rows: known.get(name)?.rows });
      }
      this.#kept.set(
        kind,
        kept.sort((a, b) => compareSegments(a.place, b.place)),
      );
    }
    this.#namelessBytes = namelessBytes;
  }

  /**
   * Deletes the oldest segments while all take more than the bound.
   * @param openBytes bytes of the segments that are being written
   */
  async keepWithin(openBytes: number): Promise<void> {
    const { maxBytes, metrics } = this.#options;
    if (this.#takenBytes(openBytes) > maxBytes) {
      // Others may have made room.
      await this.look();
      while (this.#takenBytes(openBytes) > maxBytes && (await this.#deleteOldest()));
    }
    metrics.folderBytes.set(this.#takenBytes(openBytes));
    for (const kind of STREAM_KINDS) metrics.segments.set(kind, this.#kept.get(kind)?.length ?? 0);
  }

  #takenBytes(openBytes: number): number {
    // The files that a look found without their names are those that are being written, and broken ones.
    let bytes = Math.max(openBytes, this.#namelessBytes);
    for (const kept of this.#kept.values()) for (const each of kept) bytes += each.bytes;
    return bytes;
  }

  /** Deletes the oldest segment of the kind that is worth least. Returns false if no segment can be deleted. */
  async #deleteOldest(): Promise<boolean> {
    const { folder, losses } = this.#options;
    const kind = DROPPED_FIRST.find((each) => (this.#kept.get(each)?.length ?? 0) > 0);
    const oldest = kind === undefined ? undefined : this.#kept.get(kind)?.[0];
    if (kind === undefined || oldest === undefined) return false;
    const path = join(folder, kind, oldest.name);
    try {
      const rows = oldest.rows ?? (await rowsOf(path));
      await unlink(path);
      losses.add(kind, 'size', rows);
    } catch (error) {
      // It was carried away in this moment: nothing is lost.
      if (!isAbsent(error)) throw new StreamError('delete', path, error);
    }
    this.#kept.get(kind)?.shift();
    return true;
  }

  /** Names of the segments of a kind. @throws StreamError */
  async #names(kind: StreamKind): Promise<(SegmentName & { readonly name: string })[]> {
    const path = join(this.#options.folder, kind);
    try {
      const found: (SegmentName & { readonly name: string })[] = [];
      for (const name of await readdir(path)) {
        const place = parseSegmentName(name);
        if (place !== undefined) found.push({ ...place, name });
      }
      return found;
    } catch (error) {
      if (isAbsent(error)) return [];
      throw new StreamError('list', path, error);
    }
  }

  /** Size of a segment; undefined if it was carried away. @throws StreamError */
  async #sizeOf(kind: StreamKind, name: string): Promise<number | undefined> {
    const path = join(this.#options.folder, kind, name);
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw new StreamError('list', path, error);
    }
  }
}

/** Number of lines of a closed segment: as its trailer says, or counted. @throws the system's error */
async function rowsOf(path: string): Promise<number> {
  return (await readTrailer(path))?.rows ?? (await scanSegment(path)).rows;
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';
}
