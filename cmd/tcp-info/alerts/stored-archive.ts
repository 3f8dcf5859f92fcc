import { kindOf, type Part, partOf } from '../../../archive/input/index.js';

/** Archive on the disk. */
export interface StoredArchive {
  readonly path: string;
  /** Name in messages: of an unpacked one, the place that it came from. */
  readonly name: string;
  /** Connection and sequence number; undefined if neither the name nor a first line has them. */
  readonly part: Part | undefined;
}

/** Returns whether a path is an archive by its name, which can be read where it is. */
export function isStored(path: string): boolean {
  return kindOf(path) === 'archive';
}

/** Returns an archive that is on the disk already. */
export function storedArchive(path: string): StoredArchive {
  return { path, name: path, part: partOf(path) };
}
