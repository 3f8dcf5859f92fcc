import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamKind } from './kinds.js';
import { type SegmentName, segmentName } from './segment-name.js';
import { scanSegment } from './segment-scan.js';
import { encodeTrailer } from './segment-trailer.js';

/** Outcome of {@link mendSegment}. */
export interface MendedSegment {
  /** Rows that it has. */
  readonly rows: number;
  /** Bytes of a frame that was cut, which the collector was writing when it ended. */
  readonly cutBytes: number;
}

/**
 * Finishes a segment that its collector could not: cuts it behind its last whole frame, adds the trailer and gives it
 * its name. Removes it if it has no whole frame. A crash in between changes nothing: the next call begins again.
 * @throws the system's error
 */
export async function mendSegment(folder: string, kind: StreamKind, name: SegmentName): Promise<MendedSegment> {
  const path = join(folder, segmentName(name));
  const { bytes, frames, rows } = await scanSegment(path);
  const file = await open(path, 'r+');
  let size: number;
  try {
    ({ size } = await file.stat());
    if (frames > 0) {
      await file.truncate(bytes);
      const trailer = encodeTrailer({ kind, epoch: name.epoch, first: name.first, frames, rows });
      const { bytesWritten } = await file.write(trailer, 0, undefined, bytes);
      // A full disk may take a part, without an error.
      if (bytesWritten < trailer.length) throw new Error('the disk is full');
      await file.sync();
    }
  } finally {
    await file.close();
  }
  if (frames === 0) await unlink(path);
  else await rename(path, join(folder, segmentName({ ...name, isOpen: false })));
  return { rows, cutBytes: size - bytes };
}
