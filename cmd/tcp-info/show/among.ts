import { type ConnectionRow, TopList } from '../../../analysis/index.js';
import { openFound, partOf } from '../../../input/index.js';
import type { Reading } from '../../reading/reading.js';
import { type Selection, selectsOnlyUuid, timeUs } from '../../reading/selection.js';
import { eachChosen } from '../connections/chosen.js';
import { areOfOneEach } from '../connections/latest.js';
import { type Found, findConnection } from './find.js';

/** Matches that are kept for a table. */
const MAX_LISTED = 20;

/** How one connection is found among many. */
export interface AmongOptions {
  readonly selection: Selection;
  readonly where: string | undefined;
  readonly strict: boolean;
  /** Whether the most recent one is meant when several match. */
  readonly last: boolean;
}

/** Result of looking for one connection among many. */
export type FoundAmong =
  | Found
  | { readonly kind: 'none' }
  /** More than one: the most recent of them, the latest first. */
  | { readonly kind: 'choice'; readonly rows: readonly ConnectionRow[]; readonly count: number };

/**
 * Looks for the one connection that is selected. Names of files suffice when a UUID is wanted that one connection has;
 * else all candidates are looked into.
 * @throws StrictError, WhereError
 */
export async function findAmong(reading: Reading, options: AmongOptions): Promise<FoundAmong> {
  const { selection, where, strict, last } = options;
  const uuid =
    where === undefined && selectsOnlyUuid(selection) ? onlyUuid(reading.found, selection.uuidEnd) : undefined;
  if (uuid !== undefined) {
    const found = reading.found.filter((path) => partOf(path)?.uuid === uuid);
    return await findConnection(uuid, {
      found,
      archives: () => openFound(found, reading.options),
      options: reading.options,
    });
  }
  if (last) {
    const row = await findLatest(reading, options);
    return await chosen(row === undefined ? [] : [row], 1, reading);
  }
  const matches = new TopList<ConnectionRow>(MAX_LISTED);
  let count = 0;
  await eachChosen(reading, { selection, where, strict }, (row) => {
    count++;
    matches.add(timeUs(row.startTime), () => row);
  });
  return await chosen(matches.values(), count, reading);
}

/** Result of having found these, the latest first. */
async function chosen(rows: readonly ConnectionRow[], count: number, reading: Reading): Promise<FoundAmong> {
  const [row] = rows;
  if (row === undefined) return { kind: reading.problems.count > 0 ? 'unreadable' : 'none' };
  if (count > 1 || row.uuid === null) return { kind: 'choice', rows, count };
  return await readAgain(row.uuid, reading.found);
}

/** The connection that began last, of those that began at the same time the first by its path; undefined without any. */
async function findLatest(
  reading: Reading,
  { selection, where, strict }: AmongOptions,
): Promise<ConnectionRow | undefined> {
  let latest: ConnectionRow | undefined;
  // The paths are read from the last to the first then.
  const isReversed = areOfOneEach(reading.found);
  await eachChosen(reading, { selection, where, strict, latest: true }, (row) => {
    const later = latest === undefined ? 1 : timeUs(row.startTime) - timeUs(latest.startTime);
    if (later > 0 || (later === 0 && isReversed)) latest = row;
  });
  return latest;
}

/** The UUID by the names of files, if there is one that ends so, or one that is meant as a whole. */
function onlyUuid(found: readonly string[], uuidEnd: string | undefined): string | undefined {
  const uuids = new Set(found.map((path) => partOf(path)?.uuid));
  if (uuidEnd !== undefined && uuids.has(uuidEnd)) return uuidEnd;
  const [first] = uuids;
  return uuids.size === 1 ? first : undefined;
}

/** Reads one connection of archives that were looked into before: what is wrong with them has been reported. */
async function readAgain(uuid: string, paths: readonly string[]): Promise<Found> {
  const named = paths.filter((path) => partOf(path)?.uuid === uuid);
  const found = named.length > 0 ? named : paths.filter((path) => partOf(path) === undefined);
  const options = { onProblem: () => undefined };
  return await findConnection(uuid, { found, archives: () => openFound(found, options), options });
}
