import { type ConnectionRow, TopList } from '../../analysis/index.js';
import { areOfOneEach, eachChosen } from '../connections/index.js';
import type { SharedArchives } from '../index.js';
import { openFound, partOf } from '../input/index.js';
import { type Selection, selectsOnlyUuid, timeUs } from '../selection/index.js';
import { type ConnectionReceiver, type Found, findConnection } from './find.js';

/** Most matches kept for a table. */
const MAX_LISTED = 20;

/** Options of {@link findAmong}. */
export interface AmongOptions {
  readonly selection: Selection;
  /** Check of complete connections. */
  readonly filter?: ((row: ConnectionRow) => boolean) | undefined;
  readonly where: string | undefined;
  readonly strict: boolean;
  /** True to take the most recent connection when several match. */
  readonly last: boolean;
}

/** Result of a search for one connection among many. */
export type FoundAmong<T> =
  | Found<T>
  | { readonly kind: 'none' }
  /** Several matches: the most recent of them, the latest first. */
  | { readonly kind: 'choice'; readonly rows: readonly ConnectionRow[]; readonly count: number };

/**
 * Finds the one connection that is selected. File names are enough when a UUID is searched and one connection has it;
 * otherwise all candidates are read.
 * @param create as for {@link findConnection}
 * @throws StrictError, WhereError
 */
export async function findAmong<T extends ConnectionReceiver>(
  reading: SharedArchives,
  options: AmongOptions,
  create: () => T,
): Promise<FoundAmong<T>> {
  const { selection, filter, where, strict, last } = options;
  const isJudged = filter !== undefined || where !== undefined;
  const uuid = !isJudged && selectsOnlyUuid(selection) ? onlyUuid(reading.found, selection.uuidEnd) : undefined;
  if (uuid !== undefined) {
    const found = reading.found.filter((path) => partOf(path)?.uuid === uuid);
    const input = reading.options;
    return await findConnection(uuid, { found, archives: () => openFound(found, input), options: input }, create);
  }
  if (last) {
    const row = await findLatest(reading, options);
    return await chosen(row === undefined ? [] : [row], 1, reading, create);
  }
  const matches = new TopList<ConnectionRow>(MAX_LISTED);
  let count = 0;
  await eachChosen(reading, { selection, filter, where, strict }, (row) => {
    count++;
    matches.add(timeUs(row.startTime), () => row);
  });
  return await chosen(matches.values(), count, reading, create);
}

/** Builds the result from matches, the latest first. */
async function chosen<T extends ConnectionReceiver>(
  rows: readonly ConnectionRow[],
  count: number,
  reading: SharedArchives,
  create: () => T,
): Promise<FoundAmong<T>> {
  const [row] = rows;
  if (row === undefined) return { kind: reading.problems.count > 0 ? 'unreadable' : 'none' };
  if (count > 1 || row.uuid === null) return { kind: 'choice', rows, count };
  return await readAgain(row.uuid, reading.found, create);
}

/** Finds the connection that began last; of several at once, the first by path. Undefined without a match. */
async function findLatest(
  reading: SharedArchives,
  { selection, filter, where, strict }: AmongOptions,
): Promise<ConnectionRow | undefined> {
  let latest: ConnectionRow | undefined;
  // If so, paths are read from last to first.
  const isReversed = areOfOneEach(reading.found);
  await eachChosen(reading, { selection, filter, where, strict, latest: true }, (row) => {
    const later = latest === undefined ? 1 : timeUs(row.startTime) - timeUs(latest.startTime);
    if (later > 0 || (later === 0 && isReversed)) latest = row;
  });
  return latest;
}

/** Returns the UUID in file names that equals the text, or the only one that ends with it; undefined for several. */
function onlyUuid(found: readonly string[], uuidEnd: string | undefined): string | undefined {
  const uuids = new Set(found.map((path) => partOf(path)?.uuid));
  if (uuidEnd !== undefined && uuids.has(uuidEnd)) return uuidEnd;
  const [first] = uuids;
  return uuids.size === 1 ? first : undefined;
}

/** Reads one connection again from archives that were read before; their problems have been reported. */
async function readAgain<T extends ConnectionReceiver>(
  uuid: string,
  paths: readonly string[],
  create: () => T,
): Promise<Found<T>> {
  const named = paths.filter((path) => partOf(path)?.uuid === uuid);
  // Archives may have been given other names: then any may have it.
  const found = named.length > 0 ? named : paths;
  const options = { onProblem: () => undefined };
  return await findConnection(uuid, { found, archives: () => openFound(found, options), options }, create);
}
