import { statSync } from 'node:fs';
import { partOf } from '../input/index.js';
import { endsLike, type Selection } from '../selection/index.js';

/** Largest difference between clocks and time zones of recorder and reader. */
const SLACK_US = 24 * 3600e6;
/** Largest error of a clock that was set while the collector ran. */
const STEP_US = 3600e6;

const DAY_FOLDER = /(?:^|\/)(\d{4})\/(\d\d)\/(\d\d)\/[^/]+$/;

/** Returns when a file was last written, microseconds since the Unix epoch; undefined when unknown. */
export type LastWrittenUs = (path: string) => number | undefined;

/**
 * Drops files that hold no selected connection, if names, day folders and modification times prove it. Files of one
 * connection stay or go together. A file stays when its name is not the collector's, unless a UUID is searched and
 * other names have it.
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
        // A modification time before the file's own day is false, as from a tool that sets all times to 1970.
        return written !== undefined && day !== undefined && written >= day && written + STEP_US < sinceUs;
      });
    if (isLate || isEarly) outOfTime.add(uuid);
  }
  return named.filter((path) => !outOfTime.has(uuidOf(path) ?? ''));
}

/** Returns the files whose names hold this UUID; without a match, the files whose names hold no UUID. */
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

/** Returns midnight, UTC, of a file's day folder. */
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
    return undefined; // the reader reports it
  }
}
