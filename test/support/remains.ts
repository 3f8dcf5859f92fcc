import { statSync } from 'node:fs';
import { decompressFrames } from '../../zstd/index.js';
import { type Archive, archivePaths, parseArchive, type Row, splitFrames } from './archives.js';

/** State of one file after a crash. */
export interface Remains {
  readonly path: string;
  /** True if nothing was written yet. */
  readonly empty: boolean;
  /** True if an incomplete frame follows the whole ones. */
  readonly cut: boolean;
  readonly rows: readonly Row[];
  /** Content of the whole frames; undefined without any. */
  readonly archive: Archive | undefined;
}

async function decompress(frame: Buffer): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of decompressFrames(one(frame))) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

async function* one(frame: Buffer): AsyncGenerator<Buffer> {
  yield frame;
}

/**
 * Reads all files left by a crash, except the known ones.
 * @throws when a file is not whole frames of whole lines with at most one incomplete frame at the end
 */
export async function readRemains(output: string, known: ReadonlySet<string> = new Set()): Promise<Remains[]> {
  const paths = archivePaths(output).filter((path) => !known.has(path));
  return await Promise.all(paths.map(remainsOf));
}

async function remainsOf(path: string): Promise<Remains> {
  const { frames, rest } = splitFrames(path);
  const texts = await Promise.all(frames.map(decompress));
  if (!texts.every((text) => text.endsWith('\n'))) throw new Error(`a frame of ${path} does not end with a whole line`);
  const archive = texts.length === 0 ? undefined : parseArchive(path, texts.join(''));
  return {
    path,
    empty: statSync(path).size === 0,
    cut: rest.length > 0,
    rows: archive?.rows ?? [],
    archive,
  };
}

/** Returns the time of the last record in milliseconds since 1970, or undefined without records. */
export function lastMs({ rows }: Remains): number | undefined {
  const last = rows.at(-1);
  return last === undefined ? undefined : Number(last.timestampNs / 1_000_000n);
}
