import { rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Engine, quoteList } from '../duckdb/index.js';
import { concatenateParquet } from './concatenate.js';
import type { PartitionDay } from './partition-day.js';
import { copyToParquet, type Fragment } from './spool.js';

/** Finished file of a partition. */
export interface PartitionFile {
  readonly path: string;
  readonly day: PartitionDay;
  readonly rows: number;
  readonly bytes: number;
}

/** Options of {@link PartitionFiles}. */
export interface PartitionFilesOptions {
  readonly engine: Engine;
  /** Connection for encoding fragments again. */
  readonly encoder: DuckDBConnection;
  /** Folder of the files. */
  readonly directory: string;
  /** Maximum size of a file in bytes, unless a single row group is larger. */
  readonly fileBytes: number;
  /** Maximum number of rows in a row group. */
  readonly rowGroupRows: number;
}

/** Fill ratio of row groups, on average, below which fragments are encoded again into fewer row groups. */
const SMALL = 1 / 4;

/** Number of small fragments at which they are encoded again, before too many files must be opened at once. */
const MAX_FRAGMENTS = 256;

/** Writer that combines the fragments of each day into files. */
export class PartitionFiles {
  readonly #options: PartitionFilesOptions;
  readonly #waiting = new Map<PartitionDay, Fragment[]>();
  readonly #files: PartitionFile[] = [];
  #made = 0;

  constructor(options: PartitionFilesOptions) {
    this.#options = options;
  }

  /** Finished files. */
  get files(): readonly PartitionFile[] {
    return this.#files;
  }

  /** Adds a fragment, and makes a file when there are enough for one. */
  async add(fragment: Fragment): Promise<void> {
    const fragments = this.#waiting.get(fragment.day) ?? [];
    this.#waiting.set(fragment.day, fragments);
    if (bytesOf(fragments) + fragment.bytes > this.#options.fileBytes) await this.#makeFile(fragment.day, fragments);
    fragments.push(fragment);
    if (fragments.length >= MAX_FRAGMENTS && this.#areSmall(fragments)) {
      fragments.splice(0, fragments.length, await this.#encodeAnew(fragments));
    }
  }

  /** Makes files of the remaining fragments. */
  async finish(): Promise<void> {
    for (const [day, fragments] of this.#waiting) await this.#makeFile(day, fragments);
  }

  async #makeFile(day: PartitionDay, fragments: Fragment[]): Promise<void> {
    if (fragments.length === 0) return;
    const parts = this.#areSmall(fragments) ? [await this.#encodeAnew(fragments)] : fragments.slice();
    fragments.length = 0;
    const path = this.#nextPath('file');
    const [first] = parts;
    if (parts.length === 1 && first !== undefined) await rename(first.path, path);
    else await concatenateParquet(paths(parts), path);
    if (parts.length > 1) await remove(parts);
    this.#files.push({ path, day, rows: rowsOf(parts), bytes: (await stat(path)).size });
  }

  /** Encodes fragments again as one fragment with larger row groups. */
  async #encodeAnew(fragments: readonly Fragment[]): Promise<Fragment> {
    const { engine, encoder, rowGroupRows } = this.#options;
    const [first] = fragments;
    if (first === undefined) throw new TypeError('encode parquet anew: no fragment is given');
    if (fragments.length === 1) return first;
    const path = this.#nextPath('fragment');
    const select = `SELECT * FROM read_parquet(${quoteList(paths(fragments))})`;
    await engine.run('write parquet', copyToParquet(select, path, rowGroupRows), encoder);
    await remove(fragments);
    return { path, day: first.day, rows: rowsOf(fragments), bytes: (await stat(path)).size };
  }

  #areSmall(fragments: readonly Fragment[]): boolean {
    return fragments.length > 1 && rowsOf(fragments) / fragments.length < SMALL * this.#options.rowGroupRows;
  }

  #nextPath(extension: string): string {
    return join(this.#options.directory, `made-${this.#made++}.${extension}`);
  }
}

function bytesOf(fragments: readonly Fragment[]): number {
  return fragments.reduce((sum, { bytes }) => sum + bytes, 0);
}

function rowsOf(fragments: readonly Fragment[]): number {
  return fragments.reduce((sum, { rows }) => sum + rows, 0);
}

function paths(fragments: readonly Fragment[]): string[] {
  return fragments.map(({ path }) => path);
}

async function remove(fragments: readonly Fragment[]): Promise<void> {
  for (const { path } of fragments) await unlink(path);
}
