// Parquet files joined by copying their row groups. DuckDB and the Parquet libraries of npm would decode and compress
// every value again, and none of them edits a footer that it does not understand completely.

import { type FileHandle, open } from 'node:fs/promises';
import { ParquetFooter } from './footer.js';
import { ThriftError } from './thrift.js';

const MAGIC = Buffer.from('PAR1');
/** Size of the footer's length and the magic number. */
const TAIL_BYTES = 8;
const COPY_BYTES = 1024 * 1024;

/**
 * Concatenates Parquet files with the same columns: their row groups one after the other, byte for byte, and one
 * footer. Costs as much as copying. The file is on disk when this returns.
 * @throws Error if a file cannot be read or written, or is not Parquet
 */
export async function concatenateParquet(parts: readonly string[], target: string): Promise<void> {
  await withFile(target, 'wx', (output) => concatenate(parts, output));
}

async function concatenate(parts: readonly string[], output: FileHandle): Promise<void> {
  await writeAll(output, MAGIC, 0);
  let position = MAGIC.length;
  let all: ParquetFooter | undefined;
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  for (const path of parts) {
    await withFile(path, 'r', async (input) => {
      const { footer, start } = await readFooter(input, path);
      await copyRange({ input, output, buffer, start: MAGIC.length, end: start, position });
      if (all === undefined) all = footer;
      else all.append(footer, position - MAGIC.length);
      position += start - MAGIC.length;
    });
  }
  await writeFooter(output, all, position);
}

async function writeFooter(output: FileHandle, all: ParquetFooter | undefined, position: number): Promise<void> {
  if (all === undefined) throw new TypeError('concatenate parquet: no file is given');
  const footer = all.encode();
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(footer.length);
  MAGIC.copy(tail, 4);
  await writeAll(output, footer, position);
  await writeAll(output, tail, position + footer.length);
  await output.datasync();
}

async function withFile<T>(path: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Reads the footer of a file and its offset. */
async function readFooter(file: FileHandle, path: string): Promise<{ footer: ParquetFooter; start: number }> {
  const { size } = await file.stat();
  const tail = await readAll(file, Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
  const length = tail.length === TAIL_BYTES && tail.subarray(4).equals(MAGIC) ? tail.readUInt32LE() : -1;
  const start = size - TAIL_BYTES - length;
  if (length < 0 || start < MAGIC.length) throw new Error(`read ${path}: not a parquet file`);
  try {
    return { footer: ParquetFooter.decode(await readAll(file, start, length)), start };
  } catch (cause) {
    if (!(cause instanceof ThriftError)) throw cause;
    throw new Error(`read ${path}: damaged footer: ${cause.message}`, { cause });
  }
}

interface Range {
  readonly input: FileHandle;
  readonly output: FileHandle;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** Offset in the output. */
  readonly position: number;
}

async function copyRange({ input, output, buffer, start, end, position }: Range): Promise<void> {
  let to = position;
  for (let from = start; from < end; ) {
    const { bytesRead } = await input.read(buffer, 0, Math.min(buffer.length, end - from), from);
    if (bytesRead === 0) throw new Error('copy row groups: a file ended early');
    await writeAll(output, buffer.subarray(0, bytesRead), to);
    from += bytesRead;
    to += bytesRead;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function readAll(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, start + done);
    if (bytesRead === 0) return buffer.subarray(0, done);
    done += bytesRead;
  }
  return buffer;
}
