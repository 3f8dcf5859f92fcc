/**
 * Index of a bundle: JSON lines, one for each archive, with the bytes of the bundle that have it. These are whole
 * frames: decompressed, they are the tar header, the archive, and padding.
 */

/** Archive in a bundle, as a line of the index says. */
export interface IndexEntry {
  /** Path below the collector's output folder. */
  readonly path: string;
  readonly uuid: string;
  readonly sequence: number;
  /** Length of the archive. */
  readonly bytes: number;
  /** First byte in the bundle. */
  readonly offset: number;
  /** Number of bytes in the bundle. */
  readonly length: number;
}

/** Writes an index. */
export function formatIndex(entries: readonly IndexEntry[]): string {
  return entries
    .map(({ path, uuid, sequence, bytes, offset, length }) =>
      JSON.stringify({ path, uuid, sequence, bytes, offset, length }),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Reads an index; undefined if a line does not belong to an index. */
export function parseIndex(text: string): IndexEntry[] | undefined {
  const entries: IndexEntry[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const entry = parseEntry(line);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

function parseEntry(line: string): IndexEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // the caller reports the index
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, uuid, sequence, bytes, offset, length } = value as Readonly<Record<string, unknown>>;
  if (typeof path !== 'string' || typeof uuid !== 'string') return undefined;
  if (!isCount(sequence) || !isCount(bytes) || !isCount(offset) || !isCount(length)) return undefined;
  return { path, uuid, sequence, bytes, offset, length };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
