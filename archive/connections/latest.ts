import type { ConnectionRow } from '../../analysis/index.js';
import { partOf } from '../input/index.js';
import { timeUs } from '../selection/index.js';
import type { Accept } from './read.js';

/** Filter that skips connections which began before one already found, after reading one record of each. */
export class Latest {
  #startUs = Number.NEGATIVE_INFINITY;
  readonly #accept: Accept | undefined;

  /** @param accept filter for the remaining connections, as in `readConnections` */
  constructor(accept: Accept | undefined) {
    this.#accept = accept;
  }

  readonly accept: Accept = (identity, startUs) =>
    startUs >= this.#startUs && (this.#accept === undefined || this.#accept(identity, startUs));

  /** Adds a connection that was found. */
  add({ startTime }: ConnectionRow): void {
    this.#startUs = Math.max(this.#startUs, timeUs(startTime));
  }
}

/**
 * True when each path names its connection. Other paths, such as tars, may each hold parts of one connection; these
 * must be read in order and on one thread.
 */
export function areOfOneEach(paths: readonly string[]): boolean {
  return paths.every((path) => partOf(path) !== undefined);
}

/**
 * Reverses the order of connections, but keeps the order of each connection's files. Cookies count up, so the end of a
 * UUID usually shows which of two connections of a machine is later. Keeps the order of paths that are not
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
