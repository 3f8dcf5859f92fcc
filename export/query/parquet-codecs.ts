import { DuckDbError, type Engine, quoteList } from '../duckdb/index.js';

/**
 * Rejects Parquet files with columns that are compressed by Brotli: DuckDB's decoder writes outside of its memory when
 * the data is made for that (CVE-2026-111497). Only the files' footers are read, and they are not compressed.
 * @throws DuckDbError if there is such a file, or a file cannot be read
 */
export async function rejectBrotli(engine: Engine, files: readonly string[]): Promise<void> {
  const sql = `SELECT file_name FROM parquet_metadata(${quoteList(files)}) WHERE compression ILIKE '%brotli%' LIMIT 1`;
  const [found] = await engine.rows('read parquet', sql);
  if (found === undefined) return;
  throw new DuckDbError(
    'ERR_DUCKDB',
    `read parquet ${String(found[0])}: compressed by Brotli, whose decoder is not safe (CVE-2026-111497): ` +
      'write the file again with another codec, such as zstd',
  );
}
