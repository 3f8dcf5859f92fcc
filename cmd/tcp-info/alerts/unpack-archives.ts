import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Archive,
  type InputOptions,
  openFound,
  partOf,
  type ReadOptions,
  readLines,
} from '../../../archive/input/index.js';
import { describeSystemError } from '../../../host/errors/index.js';
import { decodeRecord, type Metadata } from '../../../parse/index.js';
import { type StoredArchive, storedArchive } from './stored-archive.js';

/** Characters after which lines are written. */
const PIECE_CHARACTERS = 256 * 1024;

/** Thrown when archives cannot be unpacked. */
export class UnpackError extends Error {
  override readonly name = 'UnpackError';
  readonly code = 'ERR_UNPACK';

  constructor(folder: string, cause: unknown) {
    super(`unpack archives to ${folder}: ${describeSystemError(cause)} (TMPDIR sets the place)`, { cause });
  }
}

/**
 * Unpacks the archives of tars, of standard input and of files without an archive's name into a folder. In a stream they
 * come one after the other, and rules look at all connections at a time. A stream with several archives behind each
 * other becomes several.
 * @throws UnpackError if the folder cannot be written
 */
export async function unpackArchives(
  paths: readonly string[],
  folder: string,
  options: ReadOptions & InputOptions,
): Promise<readonly StoredArchive[]> {
  const unpacked: StoredArchive[] = [];
  for await (const archive of openFound(paths, options)) {
    const writer = new ArchiveWriter(archive, folder, unpacked);
    try {
      for await (const { text } of readLines(archive.source, options)) await writer.write(text);
    } finally {
      await writer.close();
    }
  }
  return unpacked;
}

/** Writes the lines of one archive of the input, or of several behind each other. */
class ArchiveWriter {
  readonly #archive: Archive;
  readonly #folder: string;
  readonly #unpacked: StoredArchive[];
  #file: FileHandle | undefined;
  #piece = '';

  constructor(archive: Archive, folder: string, unpacked: StoredArchive[]) {
    this.#archive = archive;
    this.#folder = folder;
    this.#unpacked = unpacked;
  }

  async write(text: string): Promise<void> {
    const metadata = text.includes('"Metadata"') ? metadataIn(text) : undefined;
    if (this.#file === undefined || metadata !== undefined) await this.#begin(metadata);
    this.#piece += `${text}\n`;
    if (this.#piece.length >= PIECE_CHARACTERS) await this.#flush();
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#file?.close();
      this.#file = undefined;
    }
  }

  /** Begins a file. The name of a tar's member says which archive it is; a stream has no name. */
  async #begin(metadata: Metadata | undefined): Promise<void> {
    const isFirst = this.#file === undefined;
    await this.close();
    const { path: name } = this.#archive;
    const own = storedArchive(join(this.#folder, `${this.#unpacked.length}.jsonl`));
    const named = isFirst ? partOf(name) : undefined;
    const part = named ?? (metadata === undefined ? undefined : { uuid: metadata.uuid, sequence: metadata.sequence });
    this.#file = await this.#guard(open(own.path, 'wx', 0o600));
    this.#unpacked.push({ path: own.path, name, part });
  }

  async #flush(): Promise<void> {
    const piece = this.#piece;
    this.#piece = '';
    if (piece !== '' && this.#file !== undefined) await this.#guard(this.#file.writeFile(piece));
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw new UnpackError(this.#folder, cause);
    }
  }
}

function metadataIn(text: string): Metadata | undefined {
  try {
    return decodeRecord(text).metadata;
  } catch {
    return undefined; // damage is reported when the line is played
  }
}
