import type { ConnectionRow } from '../../../analysis/index.js';
import { partOf } from '../../../input/index.js';
import { timeUs } from '../../reading/selection.js';
import type { Accept } from './read.js';

/** Leaves out connections that began before one that was found: of each, one record is read. */
export class Latest {
  #startUs = Number.NEGATIVE_INFINITY;
  readonly #accept: Accept | undefined;

  /** @param accept decides on those that are left, as in `readConnections` */
  constructor(accept: Accept | undefined) {
    this.#accept = accept;
  }

  readonly accept: Accept = (identity, startUs) =>
    startUs >= this.#startUs && (this.#accept === undefined || this.#accept(identity, startUs));

  /** Takes a connection that was found. */
  add({ startTime }: ConnectionRow): void {
    this.#startUs = Math.max(this.#startUs, timeUs(startTime));
  }
}

/**
 * Returns true when each path names the connection that it is of. Others, such as tars, may hold parts of one connection
 * each, which have to be read in their order and on one thread.
 */
export function areOfOneEach(paths: readonly string[]): boolean {
  return paths.every((path) => partOf(path) !== undefined);
}

/**
 * Turns the order of connections around, and leaves that of each one's files. Cookies count up, so that the end of a UUID
 * says which of two connections of a machine is the later one, mostly. Leaves the order of paths that are not
 * {@link areOfOneEach}.
 */
export function latestFirst(paths: readonly string[]): string[] {
  if (!areOfOneEach(paths)) return [...paths];
  const groups: string[][] = [];
  let uuid: string | undefined;
  for (const path of paths) {
    const next = partOf(path)?.uuid;
    const group = groups.at(-1);
    if (group !== undefined && next !== undefined && next === uuid) group.push(path);
    else groups.push([path]);
    uuid = next;
  }
  return groups.reverse().flat();
}
