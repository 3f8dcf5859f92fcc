import { statSync } from 'node:fs';
import { partOf } from '../../input/index.js';
import { endsLike, type Selection } from './selection.js';

/** Clocks and time zones may differ by so much from what is recorded. */
const SLACK_US = 24 * 3600e6;
/** A clock that was set while the collector ran may have been off by so much. */
const STEP_US = 3600e6;

const DAY_FOLDER = /(?:^|\/)(\d{4})\/(\d\d)\/(\d\d)\/[^/]+$/;

/** When a file was last written to, microseconds since the Unix epoch; undefined when that cannot be known. */
export type LastWrittenUs = (path: string) => number | undefined;

/**
 * Leaves out files that hold nothing of a selected connection, as far as names, day folders and times of writing say for
 * sure. Files of one connection stay or go together. A file whose name is not the collector's always stays, unless a UUID
 * is wanted that names have.
 */
export function candidates(
  found: readonly string[],
  { sinceUs, untilUs, uuidEnd }: Selection,
  lastWrittenUs: LastWrittenUs = lastWritten,
): readonly string[] {
  const named = uuidEnd === undefined ? found : withUuid(found, uuidEnd);
  if (sinceUs === undefined && untilUs === undefined) return named;
  const outOfTime = new Set<string>();
  for (const [uuid, paths] of byUuid(named)) {
    const days = paths.map(dayUs);
    const isLate = untilUs !== undefined && days.every((day) => day !== undefined && day - SLACK_US >= untilUs);
    const isEarly =
      sinceUs !== undefined &&
      paths.every((path, i) => {
        const [written, day] = [lastWrittenUs(path), days[i]];
        // A time of writing from before the file's own day was made up, as by a tool that sets all to 1970.
        return written !== undefined && day !== undefined && written >= day && written + STEP_US < sinceUs;
      });
    if (isLate || isEarly) outOfTime.add(uuid);
  }
  return named.filter((path) => !outOfTime.has(uuidOf(path) ?? ''));
}

/** Files whose names say that they are of such a UUID; when there is none, those whose names say nothing. */
function withUuid(found: readonly string[], uuidEnd: string): readonly string[] {
  const named = found.filter((path) => endsLike(partOf(path)?.uuid ?? '', uuidEnd));
  return named.length > 0 ? named : found.filter((path) => partOf(path) === undefined);
}

function byUuid(paths: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const uuid = uuidOf(path);
    if (uuid === undefined) continue;
    const group = groups.get(uuid);
    if (group === undefined) groups.set(uuid, [path]);
    else group.push(path);
  }
  return groups;
}

function uuidOf(path: string): string | undefined {
  return partOf(path)?.uuid;
}

/** Midnight, UTC, of the day folder that a file is in. */
function dayUs(path: string): number | undefined {
  const [, year, month, day] = DAY_FOLDER.exec(path) ?? [];
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  return year === undefined
    ? undefined
    : new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day)) * 1000;
}

function lastWritten(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs * 1000;
  } catch {
    return undefined; // reported when it is read
  }
}
