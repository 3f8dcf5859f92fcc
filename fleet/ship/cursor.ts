import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { STREAM_KINDS, type StreamKind } from '../../live/stream/index.js';
import { ShipError } from './ship-error.js';

const NAME = '.cursor.json';
const VERSION = 1;

/** First frame that is not acknowledged with all before it, by kind and start of the collector. */
export type Positions = Readonly<Record<StreamKind, Readonly<Record<string, number>>>>;

/** Cursor of a folder of segments. */
export interface Cursor {
  /** Number of partitions that frames were sent to: a resend must go to the same one. */
  readonly partitions: number;
  readonly positions: Positions;
}

/** Reads the cursor of a folder; undefined if it does not exist. @throws ShipError also for a file of another form */
export async function readCursor(folder: string): Promise<Cursor | undefined> {
  const path = join(folder, NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ShipError('read the cursor in', path, error);
  }
  const cursor = parseCursor(text);
  if (cursor !== undefined) return cursor;
  throw new ShipError('read the cursor in', path, 'it is not a cursor: delete it, and all frames are sent once more');
}

/** Writes the cursor of a folder: a crash leaves the old one or the new one. @throws ShipError */
export async function writeCursor(folder: string, { partitions, positions }: Cursor): Promise<void> {
  const path = join(folder, NAME);
  const made = `${path}.new`;
  try {
    const file = await open(made, 'w', 0o640);
    try {
      await file.writeFile(`${JSON.stringify({ v: VERSION, partitions, positions })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(made, path);
  } catch (error) {
    throw new ShipError('write the cursor in', dirname(path), error);
  }
}

function parseCursor(text: string): Cursor | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // any text of another program
  }
  if (!isObject(value)) return undefined;
  const { v, partitions, positions } = value;
  if (v !== VERSION || !isCount(partitions) || !isObject(positions)) return undefined;
  const found: Record<StreamKind, Record<string, number>> = { c: {}, o: {}, l: {}, s: {} };
  for (const kind of STREAM_KINDS) {
    const byEpoch = positions[kind];
    if (!isObject(byEpoch)) return undefined;
    for (const [epoch, frame] of Object.entries(byEpoch)) {
      if (!isCount(frame)) return undefined;
      found[kind][epoch] = frame;
    }
  }
  return { partitions, positions: found };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
