import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDbError, Engine, quoteText } from '../../export/index.js';
import { describeSystemError } from '../../host/errors/index.js';
import type { FrameKind } from '../wire/index.js';
import { SNAPSHOT_FOLDER, TABLES } from './tables.js';

/** Memory of DuckDB for one file, bytes; beyond it rows go to disk. */
const MEMORY_BYTES = 512 * 2 ** 20;
const ROW_GROUP_ROWS = 122_880;

/** Error when a file of the dataset cannot be written. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`cannot write ${path}: ${describeSystemError(cause)}`, { cause });
  }
}

/** Error when the lines of frames do not become as many rows. */
export class RowsError extends Error {
  override readonly name = 'RowsError';
}

/** Rows of one kind that become one file. */
export interface FileContent {
  readonly kind: FrameKind;
  /** Name without an ending: the same for the same messages. */
  readonly name: string;
  /** Frames, and the number of their lines. */
  readonly frames: readonly Uint8Array[];
  readonly rows: number;
  /** Time of the first message, milliseconds since 1970: its hour is that of the file. */
  readonly receivedMs: number;
}

/** Folder of files, in folders by table, day and hour. A reader sees whole files only. */
export class Dataset {
  readonly #root: string;
  readonly #making: string;
  readonly #engine: Engine;
  #turn: Promise<void> = Promise.resolve();

  private constructor(root: string, making: string, engine: Engine) {
    this.#root = root;
    this.#making = making;
    this.#engine = engine;
  }

  /**
   * Opens a dataset.
   * @param name name of this writer: two at a time need two
   * @throws DatasetError, and DuckDbError if DuckDB is missing
   */
  static async open(root: string, name: string): Promise<Dataset> {
    const making = join(root, '.making', name);
    try {
      await rm(making, { recursive: true, force: true });
      await mkdir(making, { recursive: true, mode: 0o750 });
    } catch (error) {
      throw new DatasetError(making, error);
    }
    const engine = await Engine.open({ memoryBytes: MEMORY_BYTES, tempDirectory: join(making, 'duckdb'), threads: 1 });
    try {
      await engine.shutOut({ folders: [making] });
    } catch (error) {
      engine.close();
      throw error;
    }
    return new Dataset(root, making, engine);
  }

  /**
   * Writes a file, on the disk when this returns; one of the same name is replaced.
   * @throws DatasetError; RowsError if the lines are not as many rows
   */
  async write(content: FileContent): Promise<void> {
    // One at a time: partitions share files in the making, and the database.
    const turn = this.#turn.then(async () => await this.#write(content));
    this.#turn = turn.catch(() => undefined); // the caller has the error
    await turn;
  }

  async #write(content: FileContent): Promise<void> {
    const { kind, name, receivedMs } = content;
    const lines = join(this.#making, `${kind}.jsonl.zst`);
    try {
      await writeFile(lines, content.frames);
      const [table, made, ending] =
        kind === 's'
          ? [SNAPSHOT_FOLDER, lines, 'jsonl.zst']
          : [TABLES[kind].folder, await this.#encode(kind, lines, content), 'parquet'];
      await publish(made, join(this.#root, table, ...hourOf(receivedMs), `${name}.${ending}`));
    } catch (error) {
      if (error instanceof RowsError || error instanceof DatasetError) throw error;
      throw new DatasetError(join(this.#root, name), error);
    }
  }

  /** Writes what was set aside, with a text that says why. @throws DatasetError */
  async setAside(name: string, data: Uint8Array, about: Readonly<Record<string, unknown>>): Promise<void> {
    const path = join(this.#root, 'poison', `${name}.bin`);
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o750 });
      await writeFile(path, data);
      await writeFile(`${path.slice(0, -4)}.json`, `${JSON.stringify(about)}\n`);
    } catch (error) {
      throw new DatasetError(path, error);
    }
  }

  /** Closes the database. */
  async close(): Promise<void> {
    this.#engine.close();
    await rm(this.#making, { recursive: true, force: true });
  }

  async #encode(kind: Exclude<FrameKind, 's'>, lines: string, { rows, receivedMs }: FileContent): Promise<string> {
    const { columns, order } = TABLES[kind];
    const made = join(this.#making, `${kind}.parquet`);
    await rm(made, { force: true });
    const types = columns.map(({ name, lineType }) => `${quoteText(name)}: ${quoteText(lineType)}`).join(', ');
    const values = columns.map(({ name, value }) => `${value} AS "${name}"`);
    const [cluster = '', node = '', ...others] = values;
    const received = `make_timestamptz(${Math.floor(receivedMs * 1000)}) AS received`;
    const source = `read_json(${quoteText(lines)}, format = 'newline_delimited', compression = 'zstd', columns = {${types}})`;
    const select = `SELECT ${[cluster, node, received, ...others].join(', ')} FROM ${source} ORDER BY ${order}`;
    const target = `${quoteText(made)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`;
    let written: bigint;
    try {
      written = await this.#engine.run('write rows', `COPY (${select}) TO ${target}`);
    } catch (error) {
      if (error instanceof DuckDbError) throw new RowsError(error.message, { cause: error });
      throw error;
    }
    if (Number(written) !== rows) throw new RowsError(`${written} rows of ${rows} lines`);
    return made;
  }
}

/** Moves a file to its place, with everything on the disk. */
async function publish(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o750 });
  await synced(from);
  await rename(from, to);
  await synced(dirname(to));
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function hourOf(ms: number): [string, string] {
  const text = new Date(ms).toISOString();
  return [`date=${text.slice(0, 10)}`, `hour=${text.slice(11, 13)}`];
}
