/** Samples written or read by the reference. They lie beside the checkout, and not every checkout has them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decompress } from 'fzstd';
import type { ArchivedRecord } from '../../../parse/index.js';
import { GOLDEN } from '../../support/golden.js';

/** Returns the sorted paths below the samples' folder with this ending. */
export function goldenFiles(folder: string, ending: string): string[] {
  return readdirSync(join(GOLDEN, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path))
    .sort();
}

/** Returns the contents of a file, decompressed if its name ends in `.zst`. */
export function readGolden(path: string): Uint8Array {
  const bytes = readFileSync(join(GOLDEN, path));
  return path.endsWith('.zst') ? decompress(bytes) : bytes;
}

/** Returns the records of an archive. */
export function readRecords(path: string): ArchivedRecord[] {
  return lines(readGolden(path)).map(readRecord);
}

/** Returns the rows of a CSV without quotes, by column. The second of two equal names is `<name>#2`. */
export function readCsv(path: string): Map<string, string>[] {
  const [header = '', ...rows] = lines(readGolden(path));
  const seen = new Set<string>();
  const columns = header.split(',').map((name) => {
    const unique = seen.has(name) ? `${name}#2` : name;
    seen.add(name);
    return unique;
  });
  return rows.map((row) => {
    const cells = row.split(',');
    if (cells.length !== columns.length) throw new Error(`${path}: ${cells.length} cells`);
    return new Map(columns.map((column, i) => [column, cells[i] ?? '']));
  });
}

function lines(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

interface JsonRecord {
  Timestamp: string;
  RawIDM?: string;
  Attributes?: (string | null)[];
  Metadata?: { UUID: string; Sequence: number; StartTime: string };
}

function readRecord(line: string): ArchivedRecord {
  const json = JSON.parse(line) as JsonRecord;
  const { RawIDM: idm, Attributes: attributes, Metadata: metadata } = json;
  return {
    timestamp: json.Timestamp,
    ...(idm === undefined ? {} : { rawIdm: Buffer.from(idm, 'base64') }),
    ...(attributes === undefined
      ? {}
      : { attributes: attributes.map((value) => (value === null ? null : Buffer.from(value, 'base64'))) }),
    ...(metadata === undefined
      ? {}
      : { metadata: { uuid: metadata.UUID, sequence: metadata.Sequence, startTime: metadata.StartTime } }),
  };
}
